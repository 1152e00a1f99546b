-- Takes an exception back; no row when it does not count any more or is another person's.
UPDATE sessions.user_exceptions
SET revoked_at = now(), revoked_by = $3
WHERE user_id = $1 AND exception_id = $2 AND revoked_at IS NULL AND expires_at > now()
RETURNING exception_id
