-- A new person, active and without a password; no row when the name is taken.
INSERT INTO sessions.users (username, display_name, segment)
VALUES ($1, $2, $3)
ON CONFLICT (username) DO NOTHING
RETURNING user_id
