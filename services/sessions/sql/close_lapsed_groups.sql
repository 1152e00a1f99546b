-- At most $1 assignments of groups that have run out become history.
UPDATE sessions.user_groups
SET revoked_at = now()
WHERE assignment_id IN (
    SELECT assignment_id FROM sessions.user_groups
    WHERE revoked_at IS NULL AND expires_at <= now()
    ORDER BY expires_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
RETURNING assignment_id, user_id, group_code
