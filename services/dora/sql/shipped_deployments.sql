-- Everything that ever changed environment $1 up to $5, in order of time: what shipped a commit first lies before a window.
SELECT deployment_id, external_id, service, environment, version, commit_sha, deployed_at, time_quality, planned,
    fixes, rolled_back_at, components
FROM dora.deployments
WHERE environment = $1
    AND ($2::text IS NULL OR service = $2)
    AND ($3::text IS NULL OR team = $3)
    AND (
        $4::text IS NULL
        OR repository = $4
        OR components <> '[]' AND components @> jsonb_build_array(jsonb_build_object('repository', $4::text))
    )
    AND deployed_at IS NOT NULL
    AND ($5::timestamptz IS NULL OR deployed_at <= $5)
ORDER BY deployed_at, deployment_id
LIMIT $6
