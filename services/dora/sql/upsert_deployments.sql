-- Deployments as their events say they stand now, each once.
INSERT INTO dora.deployments (
    entity_key, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
    finished_at, deployed_at, time_quality, occurred_at, planned, fixes, team, rolled_back_at
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::boolean[],
    $16::text[], $17::text[], $18::timestamptz[]
)
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
