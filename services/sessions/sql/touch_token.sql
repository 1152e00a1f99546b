-- Notes that a live token was used; skipped when another request is doing the same.
UPDATE sessions.tokens
SET last_used_at = now()
WHERE token_id = (
    SELECT token_id FROM sessions.tokens WHERE token_id = $1 AND revoked_at IS NULL FOR UPDATE SKIP LOCKED
)
