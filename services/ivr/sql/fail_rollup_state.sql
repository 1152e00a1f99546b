-- Why the rebuild of source $1 does not get on; it may be the first that is told of it.
INSERT INTO ivr.rollup_states AS r (source_id, complete, error) VALUES ($1, false, $2)
ON CONFLICT (source_id) DO UPDATE SET error = excluded.error, updated_at = now()
