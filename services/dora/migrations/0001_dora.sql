-- Software delivery: what senders reported, exactly as it came, and the deployments read from it.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA dora;
GRANT USAGE ON SCHEMA dora TO iact_dora;

-- One row per report, never changed: every number can be computed again from here.
CREATE TABLE dora.events (
    event_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    source          text        NOT NULL CHECK (source ~ '^[a-z][a-z0-9_-]{0,30}$'),
    kind            text        NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_.-]{0,60}$'),
    sender          text        NOT NULL,
    -- A retry of the same sender brings the same key; NULL is a report without one.
    idempotency_key text,
    body            bytea       NOT NULL,
    body_sha256     bytea       NOT NULL GENERATED ALWAYS AS (sha256(body)) STORED,
    UNIQUE (source, sender, idempotency_key)
);

-- One row per deployment as the events say it stands now.
CREATE TABLE dora.deployments (
    deployment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text        NOT NULL,
    service       text        NOT NULL,
    environment   text        NOT NULL,
    -- The sender's own name for it; reports with the same one tell about the same deployment.
    external_id   text,
    version       text,
    commit_sha    text CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    repository    text,
    status        text        NOT NULL CHECK (status IN ('in_progress', 'success', 'failed', 'canceled', 'rolled_back')),
    started_at    timestamptz,
    finished_at   timestamptz,
    -- When the environment changed; NULL for an attempt that never reached it.
    deployed_at   timestamptz,
    time_quality  text        NOT NULL CHECK (time_quality IN ('exact', 'started', 'received')),
    -- Where it stands on the time axis of lists: the best time known, whatever its status.
    occurred_at   timestamptz NOT NULL,
    planned       boolean,
    fixes         text,
    UNIQUE (source, service, environment, external_id),
    CHECK ((deployed_at IS NOT NULL) = (status IN ('success', 'rolled_back')))
);
CREATE INDEX deployments_by_time ON dora.deployments (occurred_at, deployment_id);
CREATE INDEX deployments_by_environment ON dora.deployments (environment, service, occurred_at);

-- Which events a deployment was read from. An event that says nothing about a deployment has no row.
CREATE TABLE dora.deployment_events (
    event_id      bigint PRIMARY KEY REFERENCES dora.events,
    deployment_id bigint NOT NULL REFERENCES dora.deployments
);
CREATE INDEX deployment_events_by_deployment ON dora.deployment_events (deployment_id);

-- Events are evidence: the service adds and reads, it cannot change or remove them.
GRANT SELECT, INSERT ON dora.events, dora.deployment_events TO iact_dora;
GRANT SELECT, INSERT, UPDATE, DELETE ON dora.deployments TO iact_dora;
