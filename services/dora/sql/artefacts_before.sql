-- Per service, what ran in environment $1 when the window began at $3: without it the first redeployment goes unseen.
SELECT DISTINCT ON (service) service, coalesce(commit_sha, version) AS artefact
FROM dora.deployments
WHERE environment = $1
    AND ($2::text IS NULL OR service = $2)
    AND occurred_at < $3
    AND deployed_at IS NOT NULL
ORDER BY service, occurred_at DESC, deployment_id DESC
