-- The facts of this source are of this key now, as far as the source still has them.
INSERT INTO ivr.caller_key_sources (source_id, key_epoch) VALUES ($1, $2) ON CONFLICT DO NOTHING
