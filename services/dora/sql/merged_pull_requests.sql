-- Merged pull requests that events told about, of the repositories named $1.
SELECT repository, number, head_sha, merge_sha, labels, branch
FROM dora.pull_requests
WHERE repository = ANY($1::text[])
ORDER BY entity_key
