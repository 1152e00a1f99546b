-- An earlier exception of the same effect makes room for the new one and stays as history.
UPDATE sessions.user_exceptions
SET revoked_at = now(), revoked_by = $4
WHERE user_id = $1 AND function_code = $2 AND effect = $3 AND revoked_at IS NULL
