-- Moves the idle limit of a live session; no row when it ended meanwhile or another request is doing the same.
UPDATE sessions.sessions
SET last_seen_at = now()
WHERE session_id = (
    SELECT session_id FROM sessions.sessions
    WHERE session_id = $1 AND revoked_at IS NULL AND expires_at > now() AND last_seen_at + $2::interval > now()
    FOR UPDATE SKIP LOCKED
)
RETURNING least(last_seen_at + $2::interval, expires_at) AS idle_expires_at
