-- Groups that person $1 holds now, with the functions each gives.
SELECT ug.group_code, g.name, g.active, ug.granted_at, giver.username AS granted_by, ug.expires_at,
       ARRAY(SELECT gf.function_code FROM sessions.group_functions AS gf
             WHERE gf.group_code = ug.group_code ORDER BY 1) AS functions
FROM sessions.user_groups AS ug
JOIN sessions.groups AS g ON g.code = ug.group_code
LEFT JOIN sessions.users AS giver ON giver.user_id = ug.granted_by
WHERE ug.user_id = $1 AND ug.revoked_at IS NULL AND (ug.expires_at IS NULL OR ug.expires_at > now())
ORDER BY ug.group_code
