-- Export $2 of person $1 is wanted no more; no row when it had ended already.
UPDATE analytics.exports
SET state = 'cancelled', finished_at = now(), expires_at = now() + $3::interval
WHERE user_id = $1 AND export_id = $2 AND state IN ('queued', 'running')
RETURNING export_id
