-- Whether some facts of an Asterisk source are in no rollup: it was filled before there were any.
SELECT EXISTS (SELECT FROM ivr.rollup_states WHERE source_id = $1 AND NOT complete)
