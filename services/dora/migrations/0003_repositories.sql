-- Git repositories whose commits the metrics are traced to.
SET LOCAL lock_timeout = '5s';

-- One row per repository: where it lies, and how the last look into it went.
CREATE TABLE dora.repositories (
    repository_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text        NOT NULL UNIQUE,
    path          text        NOT NULL,
    -- Whose commits these are; NULL may be any service's.
    service       text,
    -- Tags that fit one of these are production deployments of the service.
    tags          text[]      NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- NULL when nobody waits for a look.
    asked_at      timestamptz DEFAULT clock_timestamp(),
    looked_at     timestamptz,
    synced_at     timestamptz,
    problem       text,
    -- The digest of its refs: another one means that there is something new to read.
    refs_sha256   text,
    CHECK (tags = '{}' OR service IS NOT NULL)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON dora.repositories TO iact_dora;

CREATE INDEX events_by_time ON dora.events (received_at);
