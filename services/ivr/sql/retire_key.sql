-- The current key is one of the past from now on.
UPDATE ivr.caller_keys SET state = 'past', until = now() WHERE state = 'current'
