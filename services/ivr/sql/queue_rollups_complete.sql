-- All facts of an Asterisk source are in its rollups from now on.
UPDATE ivr.rollup_states SET complete = true, phase = 'finished', error = NULL, updated_at = now() WHERE source_id = $1
