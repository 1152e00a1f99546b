-- Every repository, by name.
SELECT repository_id, name, path, service, tags, created_at, asked_at, looked_at, synced_at, problem, refs_sha256
FROM dora.repositories ORDER BY name
