-- Why the rebuild of source $1 does not get on.
UPDATE ivr.rollup_states SET error = $2, updated_at = now() WHERE source_id = $1
