-- Ends a person's live sessions for the reason $3, all but the $2 newest.
UPDATE sessions.sessions
SET revoked_at = now(), revoke_reason = $3
WHERE revoked_at IS NULL AND session_id IN (
    SELECT session_id FROM sessions.sessions
    WHERE user_id = $1 AND revoked_at IS NULL
    ORDER BY created_at DESC, session_id DESC
    OFFSET $2
)
RETURNING session_id
