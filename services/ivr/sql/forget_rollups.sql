-- The rollups of source $1 are to be made anew: until then only facts answer.
WITH units AS (UPDATE ivr.units SET rolled_up_at = NULL WHERE source_id = $1)
INSERT INTO ivr.rollup_states (source_id, complete) VALUES ($1, false)
ON CONFLICT (source_id) DO UPDATE SET complete = false, phase = 'waiting', months_until = NULL, calls_done = 0,
    error = NULL, updated_at = now()
