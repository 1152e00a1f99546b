-- A new group; no row when its name is taken.
INSERT INTO sessions.groups (code, name)
VALUES ($1, $2)
ON CONFLICT (name) DO NOTHING
RETURNING code
