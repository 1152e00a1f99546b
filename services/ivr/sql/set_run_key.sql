-- The key that this run makes ids with.
UPDATE ivr.runs SET key_epoch = $2 WHERE run_id = $1
