-- Deployments as their events say they stand now, each once.
INSERT INTO dora.deployments (
    entity_key, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
    finished_at, deployed_at, time_quality, occurred_at, planned, fixes, team, rolled_back_at,
    components
)
SELECT
    d.entity_key, d.source, d.service, d.environment, d.external_id, d.version, d.commit_sha, d.repository, d.status,
    d.started_at, d.finished_at, d.deployed_at, d.time_quality, d.occurred_at, d.planned, d.fixes, d.team,
    d.rolled_back_at, d.components::jsonb
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::boolean[],
    $16::text[], $17::text[], $18::timestamptz[], $19::text[]
) AS d (
    entity_key, source, service, environment, external_id, version, commit_sha, repository, status, started_at,
    finished_at, deployed_at, time_quality, occurred_at, planned, fixes, team, rolled_back_at, components
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
    rolled_back_at = excluded.rolled_back_at,
    components = excluded.components
