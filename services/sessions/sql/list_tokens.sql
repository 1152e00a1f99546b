-- A person's live tokens, newest first; their number is limited when they are made.
SELECT token_id, name, kind, functions, created_at, expires_at, last_used_at
FROM sessions.tokens
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
ORDER BY token_id DESC
