-- How a look into repository $1, begun for what was asked at $2, went: the digest $3 of its refs, or the problem $4.
UPDATE dora.repositories
SET looked_at = clock_timestamp(),
    synced_at = CASE WHEN $4::text IS NULL THEN clock_timestamp() ELSE synced_at END,
    refs_sha256 = coalesce($3, refs_sha256),
    problem = $4,
    asked_at = CASE WHEN asked_at IS NOT DISTINCT FROM $2 THEN NULL ELSE asked_at END
WHERE repository_id = $1
