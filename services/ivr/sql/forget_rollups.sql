-- The rollups of source $1 are to be made anew: until then only facts answer. Those of units with calls that retention has
-- dropped stay: nothing is left to make them from.
WITH units AS (UPDATE ivr.units SET rolled_up_at = NULL WHERE source_id = $1
    AND first_started_at >= coalesce(ivr.calls_kept_since(), '-infinity'))
INSERT INTO ivr.rollup_states (source_id, complete) VALUES ($1, false)
ON CONFLICT (source_id) DO UPDATE SET complete = false, phase = 'waiting', months_until = NULL, calls_done = 0,
    error = NULL, updated_at = now()
