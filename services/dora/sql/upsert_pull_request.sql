-- The merged pull request as last told.
INSERT INTO dora.pull_requests (entity_key, repository, number, head_sha, merge_sha, merged_at, labels, branch)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (entity_key) DO UPDATE SET
    head_sha = excluded.head_sha,
    merge_sha = excluded.merge_sha,
    merged_at = excluded.merged_at,
    labels = excluded.labels,
    branch = excluded.branch
