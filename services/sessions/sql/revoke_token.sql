-- Ends one of a person's own live tokens; no row when it is another's or has ended.
UPDATE sessions.tokens
SET revoked_at = now()
WHERE token_id = $1 AND user_id = $2 AND revoked_at IS NULL
RETURNING token_id
