-- Who holds group $1 now.
SELECT user_id
FROM sessions.user_groups
WHERE group_code = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
ORDER BY user_id
