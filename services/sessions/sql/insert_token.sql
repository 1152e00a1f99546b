-- A new token; $6 is its life.
INSERT INTO sessions.tokens (token_hash, user_id, name, kind, functions, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
RETURNING token_id, name, kind, functions, created_at, expires_at, last_used_at
