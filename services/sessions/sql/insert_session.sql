-- A new session; $3 is its absolute life.
INSERT INTO sessions.sessions (token_hash, user_id, expires_at, client_address, user_agent)
VALUES ($1, $2, now() + $3::interval, $4, $5)
RETURNING session_id
