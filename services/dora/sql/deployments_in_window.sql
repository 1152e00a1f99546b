-- Everything reported for environment $1 in [$3, $4), in order of time; the metrics are computed from these rows.
SELECT service, status, occurred_at, coalesce(commit_sha, version) AS artefact
FROM dora.deployments
WHERE environment = $1
    AND ($2::text IS NULL OR service = $2)
    AND occurred_at >= $3
    AND occurred_at < $4
ORDER BY occurred_at, deployment_id
LIMIT $5
