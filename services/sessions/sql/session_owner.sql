-- Whose session this is; no row when it has ended.
SELECT user_id FROM sessions.sessions WHERE session_id = $1 AND revoked_at IS NULL
