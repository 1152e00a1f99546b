-- How far attempt $2 at export $1 has come; no row when it is no longer wanted or another worker has taken it over.
UPDATE analytics.exports
SET rows_done = coalesce($3, rows_done), rows_total = coalesce($4, rows_total)
WHERE export_id = $1 AND attempts = $2 AND state = 'running'
RETURNING export_id
