-- Gives a group; no row when the person holds it already.
INSERT INTO sessions.user_groups (user_id, group_code, granted_by, expires_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, group_code) WHERE revoked_at IS NULL DO NOTHING
RETURNING assignment_id
