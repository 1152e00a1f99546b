-- All facts of this source are of one key.
DELETE FROM ivr.caller_key_spans WHERE source_id = $1
