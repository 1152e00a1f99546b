-- A new exception.
INSERT INTO sessions.user_exceptions (user_id, function_code, effect, justification, granted_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING exception_id
