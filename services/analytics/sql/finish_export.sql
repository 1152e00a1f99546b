-- Attempt $2 at export $1 is over: done or failed. No row when it is no longer wanted.
UPDATE analytics.exports
SET state = $3, detail = $4, rows_done = coalesce($5, rows_done), bytes = $6, segment = $7, data_as_of = $8,
    finished_at = now(), expires_at = now() + $9::interval
WHERE export_id = $1 AND attempts = $2 AND state = 'running'
RETURNING export_id
