-- Exports: what people asked to be made in the background, and who they are at the moment when it is made.
SET LOCAL lock_timeout = '5s';

-- One row per export, kept as long as its file. `request` is the body that asked for it. Whoever runs it holds an
-- advisory lock on it: a row that is `running` without one was left by a killed process.
CREATE TABLE analytics.exports (
    export_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         bigint      NOT NULL,
    schedule_id     bigint,
    idempotency_key text,
    kind            text        NOT NULL CHECK (kind IN ('report', 'query', 'calls')),
    format          text        NOT NULL CHECK (format IN ('csv', 'xlsx', 'pdf')),
    name            text        NOT NULL,
    request         jsonb       NOT NULL,
    state           text        NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempts        integer     NOT NULL DEFAULT 0,
    rows_done       bigint      NOT NULL DEFAULT 0,
    rows_total      bigint,
    bytes           bigint,
    detail          text,
    -- The data segment that the file was filtered by; its reader must still have it.
    segment         text,
    data_as_of      timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    expires_at      timestamptz
);
CREATE INDEX exports_by_person ON analytics.exports (user_id, export_id);
CREATE INDEX exports_open ON analytics.exports (export_id) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX exports_idempotency ON analytics.exports (user_id, idempotency_key);

-- An active person as they are now: what they may do, their data segment and their groups. No row for anybody else.
-- The one thing of `sessions` that analytics can see: work in the background has no signed identity to go by.
CREATE FUNCTION analytics.person_v1(person bigint)
RETURNS TABLE (user_id bigint, username text, segment text, functions text[], groups text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.user_id, u.username, u.segment, sessions.effective_functions(u.user_id),
           ARRAY(SELECT ug.group_code
                 FROM sessions.user_groups AS ug
                 JOIN sessions.groups AS g ON g.code = ug.group_code AND g.active
                 WHERE ug.user_id = u.user_id AND ug.revoked_at IS NULL
                   AND (ug.expires_at IS NULL OR ug.expires_at > now())
                 ORDER BY 1)
    FROM sessions.users AS u
    WHERE u.user_id = person AND u.state = 'active'
$$;
REVOKE ALL ON FUNCTION analytics.person_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.person_v1 TO iact_analytics;
