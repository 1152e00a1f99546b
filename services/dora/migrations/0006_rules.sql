-- The rules by which deliveries are read are data with versions, like those by which failures are judged.
SET LOCAL lock_timeout = '5s';

-- Every version that was ever used, so that a number can be worked out again. `reading`: the digest of those of its
-- rules by which deliveries are read.
CREATE TABLE dora.rules (
    version       text        PRIMARY KEY,
    rules         jsonb       NOT NULL,
    reading       text        NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON dora.rules TO iact_dora;

-- By which an event was read. What was read before labels were looked at, or is by a release that still runs while the
-- next one comes, has none and is read again.
ALTER TABLE dora.readings ADD COLUMN rules text NOT NULL DEFAULT '';
CREATE INDEX readings_by_rules ON dora.readings (rules);

-- A question about one repository, which may be a deployment's first or one beside it.
CREATE INDEX deployments_by_repository ON dora.deployments (repository, deployed_at);
CREATE INDEX deployments_by_component ON dora.deployments USING gin (components jsonb_path_ops)
    WHERE components <> '[]';

-- A rule may look at the labels of what a deployment ships.
ALTER TABLE dora.pull_requests ADD COLUMN labels text[] NOT NULL DEFAULT '{}';
