-- The deployment as its events say it stands now.
INSERT INTO dora.deployments (
    entity_key, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
    finished_at, deployed_at, time_quality, occurred_at, planned, fixes, team, rolled_back_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (entity_key) DO UPDATE SET
    version = excluded.version,
    commit_sha = excluded.commit_sha,
    repository = excluded.repository,
    status = excluded.status,
    started_at = excluded.started_at,
    finished_at = excluded.finished_at,
    deployed_at = excluded.deployed_at,
    time_quality = excluded.time_quality,
    occurred_at = excluded.occurred_at,
    planned = excluded.planned,
    fixes = excluded.fixes,
    team = excluded.team,
    rolled_back_at = excluded.rolled_back_at
