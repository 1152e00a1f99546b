-- At most $1 exceptions that have run out become history.
UPDATE sessions.user_exceptions
SET revoked_at = now()
WHERE exception_id IN (
    SELECT exception_id FROM sessions.user_exceptions
    WHERE revoked_at IS NULL AND expires_at <= now()
    ORDER BY expires_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
RETURNING exception_id, user_id, function_code, effect
