-- Newest first, from below the row ($6, $7) of the page before; a filter that is NULL lets everything through.
SELECT deployment_id, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
       finished_at, deployed_at, time_quality, occurred_at, planned, fixes, entity_key, team, rolled_back_at,
       components
FROM dora.deployments
WHERE ($1::text IS NULL OR service = $1)
    AND ($2::text IS NULL OR environment = $2)
    AND ($3::text IS NULL OR status = $3)
    AND ($4::timestamptz IS NULL OR occurred_at >= $4)
    AND ($5::timestamptz IS NULL OR occurred_at < $5)
    AND ($6::timestamptz IS NULL OR (occurred_at, deployment_id) < ($6, $7::bigint))
ORDER BY occurred_at DESC, deployment_id DESC
LIMIT $8
