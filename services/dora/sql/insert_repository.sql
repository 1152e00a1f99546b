-- A new repository; no row when its name is taken.
INSERT INTO dora.repositories (name, path, service, tags) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO NOTHING
RETURNING *
