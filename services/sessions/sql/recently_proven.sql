-- Whether the live session $1 proved its password less than $2 ago.
SELECT EXISTS (
    SELECT FROM sessions.sessions
    WHERE session_id = $1 AND revoked_at IS NULL AND authenticated_at > now() - $2::interval
)
