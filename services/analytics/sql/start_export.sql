-- Export $1 is being made, from the beginning.
UPDATE analytics.exports
SET state = 'running', attempts = attempts + 1, rows_done = 0, rows_total = NULL, started_at = now()
WHERE export_id = $1
RETURNING *
