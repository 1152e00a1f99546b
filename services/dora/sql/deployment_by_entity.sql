-- One deployment by the name that its events give it.
SELECT deployment_id, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
       finished_at, deployed_at, time_quality, occurred_at, planned, fixes, entity_key, team, rolled_back_at,
       components
FROM dora.deployments WHERE entity_key = $1
