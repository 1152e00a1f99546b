-- The deployment as its events say it stands now; without the sender's name ($4) every report is one of its own.
INSERT INTO dora.deployments (
    source, service, environment, external_id, version, commit_sha, repository, status,
    started_at, finished_at, deployed_at, time_quality, occurred_at, planned, fixes
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (source, service, environment, external_id) DO UPDATE SET
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
    fixes = excluded.fixes
RETURNING *
