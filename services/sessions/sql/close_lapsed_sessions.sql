-- Closes at most $2 sessions that are past their idle limit $1 or their absolute life.
UPDATE sessions.sessions
SET revoked_at = now(), revoke_reason = CASE WHEN expires_at <= now() THEN 'EXPIRED' ELSE 'IDLE' END
WHERE session_id IN (
    SELECT session_id FROM sessions.sessions
    WHERE revoked_at IS NULL AND (expires_at <= now() OR last_seen_at <= now() - $1::interval)
    ORDER BY last_seen_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
RETURNING session_id, user_id, revoke_reason
