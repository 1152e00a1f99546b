-- Forgets export $2 of person $1, which has ended.
DELETE FROM analytics.exports
WHERE user_id = $1 AND export_id = $2 AND state NOT IN ('queued', 'running')
RETURNING export_id, attempts, format
