-- Somebody waits for a look into this repository.
UPDATE dora.repositories SET asked_at = clock_timestamp() WHERE repository_id = $1
RETURNING repository_id, name, path, service, tags, created_at, asked_at, looked_at, synced_at, problem, refs_sha256
