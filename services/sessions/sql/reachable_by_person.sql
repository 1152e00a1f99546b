-- What everybody (or, with $1, everybody who holds that group) may do once every revoke exception has run out.
SELECT u.user_id, u.username, array_agg(DISTINCT held.function_code ORDER BY held.function_code) AS functions
FROM (
    SELECT ug.user_id, gf.function_code
    FROM sessions.user_groups AS ug
    JOIN sessions.groups AS g ON g.code = ug.group_code AND g.active
    JOIN sessions.group_functions AS gf ON gf.group_code = ug.group_code
    WHERE ug.revoked_at IS NULL AND (ug.expires_at IS NULL OR ug.expires_at > now())
    UNION
    SELECT e.user_id, e.function_code
    FROM sessions.user_exceptions AS e
    WHERE e.effect = 'grant' AND e.revoked_at IS NULL AND e.expires_at > now()
) AS held
JOIN sessions.users AS u USING (user_id)
WHERE $1::text IS NULL OR EXISTS (
    SELECT FROM sessions.user_groups AS mine
    WHERE mine.user_id = u.user_id AND mine.group_code = $1 AND mine.revoked_at IS NULL
        AND (mine.expires_at IS NULL OR mine.expires_at > now())
)
GROUP BY u.user_id, u.username
ORDER BY u.username
