-- Exceptions that count for person $1 now.
SELECT e.exception_id, e.function_code, e.effect, e.justification, e.granted_at, giver.username AS granted_by,
       e.expires_at
FROM sessions.user_exceptions AS e
LEFT JOIN sessions.users AS giver ON giver.user_id = e.granted_by
WHERE e.user_id = $1 AND e.revoked_at IS NULL AND e.expires_at > now()
ORDER BY e.exception_id
