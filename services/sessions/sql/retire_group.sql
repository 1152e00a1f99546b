-- An assignment that has run out, or runs to another date than $4, makes room for the new one and stays as history.
UPDATE sessions.user_groups
SET revoked_at = now(), revoked_by = $3
WHERE user_id = $1 AND group_code = $2 AND revoked_at IS NULL
    AND (expires_at <= now() OR expires_at IS DISTINCT FROM $4)
