-- A new repository; no row when its name is taken.
INSERT INTO dora.repositories (name, path, service, tags) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO NOTHING
RETURNING repository_id, name, path, service, tags, created_at, asked_at, looked_at, synced_at, problem, refs_sha256
