-- Ends a person's live sessions except $2 for the reason $3.
UPDATE sessions.sessions
SET revoked_at = now(), revoke_reason = $3
WHERE user_id = $1 AND revoked_at IS NULL AND session_id IS DISTINCT FROM $2
RETURNING session_id
