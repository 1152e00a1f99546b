-- A new one-time code; $5 is its life.
INSERT INTO sessions.one_time_codes (code_hash, user_id, purpose, created_by, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
RETURNING expires_at
