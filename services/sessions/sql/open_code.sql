-- The one-time code with the hash $1, if it still counts, and whose it is.
SELECT c.user_id, c.purpose, u.username
FROM sessions.one_time_codes AS c
JOIN sessions.users AS u USING (user_id)
WHERE c.code_hash = $1 AND c.used_at IS NULL AND c.voided_at IS NULL AND c.expires_at > now() AND u.state = 'active'
