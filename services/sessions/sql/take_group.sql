-- Takes a group back; no row when the person does not hold it.
UPDATE sessions.user_groups
SET revoked_at = now(), revoked_by = $3
WHERE user_id = $1 AND group_code = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
RETURNING assignment_id
