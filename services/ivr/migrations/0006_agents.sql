-- Agents: when they were signed in and paused. And what reading a queue log well needs: which ids are read, which calls
-- can still change.
SET LOCAL lock_timeout = '5s';

-- Events about agents and restarts (agent ''), kept for good: a late one changes spans long past.
CREATE TABLE ivr.agent_events (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    agent text NOT NULL,
    verb text NOT NULL,
    queue text NOT NULL,
    reason text NOT NULL,
    signed_in_s double precision,
    PRIMARY KEY (source_id, stream, position)
);
CREATE INDEX ON ivr.agent_events (source_id, agent, at);

-- queue null: all queues. until null: it still lasts. settled_at: when the event that ended it happened, which is later
-- than until where a restart ended it in hindsight.
CREATE TABLE ivr.agent_spans (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    agent text NOT NULL,
    queue text,
    kind text NOT NULL CHECK (kind IN ('signed_in', 'paused')),
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until >= since),
    settled_at timestamptz
);
CREATE INDEX ON ivr.agent_spans (source_id, agent, since);
CREATE INDEX ON ivr.agent_spans (source_id, since);

-- Ids of a table that are read, 1 024 in a row: rows are committed out of order, so a number alone cannot say it.
-- newest_at is the newest time among them; blocks older than the slow pass are forgotten.
CREATE TABLE ivr.queue_read_blocks (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    block bigint NOT NULL,
    ids bit(1024) NOT NULL,
    newest_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, stream, block)
);
INSERT INTO ivr.queue_read_blocks (source_id, stream, block, ids, newest_at)
SELECT source_id, stream, position >> 10, bit_or(B'1'::bit(1024) >> (position & 1023)::integer), now()
FROM ivr.queue_recent_ids GROUP BY 1, 2, 3;
-- The release before this one still writes its ids there; the next one drops the table.
COMMENT ON TABLE ivr.queue_recent_ids IS 'not read any more: see queue_read_blocks';

-- When the last slow pass over the last 24 hours ended. Our own clock: it only paces, positions never hang on it.
ALTER TABLE ivr.queue_streams ADD COLUMN slow_pass_at timestamptz;

-- Calls that a later event can still change, each with its events end to end (services/ivr/queue_pack.py), so that a
-- batch fetches its own calls in one row each. `open`: some queue call of the callid has not ended.
CREATE TABLE ivr.queue_kept_calls (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    callid text NOT NULL,
    last_at timestamptz NOT NULL,
    open boolean NOT NULL,
    events bytea NOT NULL,
    PRIMARY KEY (source_id, callid)
);
-- Streams, queues and agents by the numbers that kept events hold.
CREATE TABLE ivr.queue_names (
    name_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE ivr.queue_kept_events IS 'taken over by the first run of each source: see queue_kept_calls';

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.agent_events, ivr.agent_spans, ivr.queue_read_blocks,
    ivr.queue_kept_calls, ivr.queue_names TO iact_ivr;

-- The border. queue null: all queues; until null: it still lasts.
CREATE VIEW ivr.agent_spans_v1 AS
SELECT s.source, a.agent, a.queue, a.kind, a.reason, a.since, a.until
FROM ivr.agent_spans a JOIN ivr.sources s ON s.source_id = a.source_id;

GRANT SELECT ON ivr.agent_spans_v1 TO iact_analytics, iact_ivr;
