-- Deliveries of other programs, what each event was understood to tell, and incidents.
SET LOCAL lock_timeout = '5s';

-- Which event a delivery is stands in its headers with many senders; secrets and signatures are never kept.
ALTER TABLE dora.events ADD COLUMN headers jsonb NOT NULL DEFAULT '{}';

-- A sender's name for a delivery is not signed: the same body under another name is a recording played again.
CREATE UNIQUE INDEX events_by_body ON dora.events (source, body_sha256)
    WHERE sender = 'webhook' AND source <> 'cdevents';

-- How an event was read. An event without a row here waits in `unread`.
CREATE TABLE dora.readings (
    event_id bigint PRIMARY KEY REFERENCES dora.events,
    outcome  text   NOT NULL CHECK (outcome IN ('recorded', 'irrelevant', 'not_understood')),
    reason   text,
    CHECK ((reason IS NULL) = (outcome = 'recorded'))
);

-- What an event tells, one row for each deployment, incident or pull request. `entity_key` names what it is about.
CREATE TABLE dora.tellings (
    event_id   bigint   NOT NULL REFERENCES dora.events,
    place      smallint NOT NULL CHECK (place >= 0),
    kind       text     NOT NULL CHECK (kind IN ('deployment', 'incident', 'pull_request')),
    entity_key text     NOT NULL,
    told       jsonb    NOT NULL,
    PRIMARY KEY (event_id, place)
);
CREATE INDEX tellings_by_entity ON dora.tellings (kind, entity_key);

-- Events that wait to be read: those from before this version, and those whose reading failed.
CREATE TABLE dora.unread (event_id bigint PRIMARY KEY REFERENCES dora.events);
INSERT INTO dora.unread (event_id) SELECT event_id FROM dora.events;

-- The same name in every table; 31 is the unit separator, which no name holds.
ALTER TABLE dora.deployments ADD COLUMN entity_key text;
UPDATE dora.deployments AS d
SET entity_key = concat_ws(
    chr(31),
    d.source,
    d.service,
    d.environment,
    coalesce(
        d.external_id,
        '#' || (SELECT min(l.event_id) FROM dora.deployment_events AS l WHERE l.deployment_id = d.deployment_id),
        '?' || d.deployment_id
    )
);
ALTER TABLE dora.deployments ADD COLUMN team text;
ALTER TABLE dora.deployments ADD COLUMN rolled_back_at timestamptz;
CREATE UNIQUE INDEX deployments_by_entity ON dora.deployments (entity_key);
CREATE INDEX deployments_by_deployed_at ON dora.deployments (environment, deployed_at) WHERE deployed_at IS NOT NULL;

-- One row per incident as the events say it stands now. A service of NULL may be any of them.
CREATE TABLE dora.incidents (
    incident_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_key  text        NOT NULL UNIQUE,
    source      text        NOT NULL,
    service     text,
    environment text        NOT NULL,
    external_id text        NOT NULL,
    title       text,
    status      text        NOT NULL CHECK (status IN ('open', 'resolved', 'dismissed')),
    detected_at timestamptz NOT NULL,
    resolved_at timestamptz,
    caused_by   text,
    occurred_at timestamptz NOT NULL,
    CHECK (status <> 'open' OR resolved_at IS NULL)
);
CREATE INDEX incidents_by_time ON dora.incidents (environment, detected_at);

-- One row per merged pull or merge request: the head behind a squash commit.
CREATE TABLE dora.pull_requests (
    entity_key text    PRIMARY KEY,
    repository text    NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    head_sha   text    NOT NULL CHECK (head_sha ~ '^[0-9a-f]{7,64}$'),
    merge_sha  text,
    merged_at  timestamptz
);
CREATE INDEX pull_requests_by_repository ON dora.pull_requests (repository);

-- Events stay evidence; what is derived from them may be made anew.
GRANT SELECT, INSERT, DELETE ON dora.readings, dora.tellings, dora.unread TO iact_dora;
GRANT SELECT, INSERT, UPDATE, DELETE ON dora.incidents, dora.pull_requests TO iact_dora;
