-- The time within which facts of a source were made with a key.
INSERT INTO ivr.caller_key_spans (source_id, key_epoch, since, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (source_id, key_epoch) DO UPDATE SET since = excluded.since, until = excluded.until
