-- Which sources have rollups for all of their facts, and the changes of dimensions that rebuild rollups.
SET LOCAL lock_timeout = '5s';

-- The moment of publication that the unit's rollup rows belong to. A release that knows no rollups moves published_at
-- alone: then they differ, and the unit is rolled up anew.
ALTER TABLE ivr.units ADD COLUMN rolled_up_at timestamptz;

-- complete: months, repeats and different callers were made from all that is published. A source without a row was
-- published with rollups from its first run on. `months_until`: how far an interrupted rebuild has come.
CREATE TABLE ivr.rollup_states (
    source_id smallint PRIMARY KEY REFERENCES ivr.sources,
    complete boolean NOT NULL,
    phase text NOT NULL DEFAULT 'waiting',
    calls_expected bigint,
    calls_done bigint NOT NULL DEFAULT 0,
    months_until date,
    error text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ivr.rollup_states (source_id, complete)
SELECT s.source_id, false FROM ivr.sources s
WHERE EXISTS (SELECT FROM ivr.units u WHERE u.source_id = s.source_id AND u.digest IS NOT NULL)
   OR EXISTS (SELECT FROM ivr.queue_calls q WHERE q.source_id = s.source_id);

-- A flag of a menu or the segment of a DID, asked for and not yet published: its rollups are being made.
CREATE TABLE ivr.dimension_changes (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('menu', 'segment')),
    target text NOT NULL,
    wanted jsonb NOT NULL,
    requested_by text NOT NULL,
    actor_id bigint,
    request_id text,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
    calls_expected bigint,
    calls_done bigint NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    error text
);
CREATE INDEX ON ivr.dimension_changes (change_id) WHERE state IN ('queued', 'running');

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.rollup_states, ivr.dimension_changes TO iact_ivr;

-- One row per source: false while some of its facts are in no rollup; then only facts answer for it.
CREATE VIEW ivr.rollups_v1 AS
SELECT s.source, coalesce(r.complete, true) AND NOT EXISTS (
    SELECT FROM ivr.units u WHERE u.source_id = s.source_id AND u.digest IS NOT NULL
        AND u.rolled_up_at IS DISTINCT FROM u.published_at) AS complete
FROM ivr.sources s LEFT JOIN ivr.rollup_states r USING (source_id);

GRANT SELECT ON ivr.rollups_v1 TO iact_analytics, iact_ivr;
