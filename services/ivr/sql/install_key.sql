-- The key that was being introduced is the current one from now on.
UPDATE ivr.caller_keys SET state = 'current' WHERE state = 'renewing'
