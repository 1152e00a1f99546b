-- The repository to look into next: one that somebody waits for, or the one not looked into for the longest, beyond $1.
SELECT repository_id, name, path, service, tags, created_at, asked_at, looked_at, synced_at, problem, refs_sha256
FROM dora.repositories
WHERE asked_at IS NOT NULL OR looked_at IS NULL OR looked_at < clock_timestamp() - $1::interval
ORDER BY asked_at NULLS LAST, looked_at NULLS FIRST, repository_id
LIMIT 1
