-- Calls as facts by month, the dimensions that interpret them, and the book-keeping that proves nothing was lost.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA ivr;
REVOKE ALL ON SCHEMA ivr FROM PUBLIC;
GRANT USAGE ON SCHEMA ivr TO iact_ivr, iact_analytics;

CREATE TABLE ivr.sources (
    source_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('legacy', 'asterisk')),
    zone text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- Moved by every transaction that changes what a reader of the views can see.
CREATE TABLE ivr.data_versions (
    source_id smallint PRIMARY KEY REFERENCES ivr.sources,
    version bigint NOT NULL,
    data_as_of timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The epoch fences: a publisher whose epoch is no longer the current one cannot commit.
CREATE TABLE ivr.leases (
    source_id smallint PRIMARY KEY REFERENCES ivr.sources,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT now()
);

-- Dimensions: small, shared by all sources, read through LEFT JOINs on their keys.
CREATE TABLE ivr.dids (
    did_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    did text NOT NULL UNIQUE,
    segment text NOT NULL DEFAULT 'desconocido',
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ivr.dids (did, segment) VALUES
    ('19028031', 'nacional_A'), ('19020001', 'nacional_B'), ('19020084', 'puebla');

-- menu_key is the folded name: menus are compared without case and shown as first seen.
CREATE TABLE ivr.menus (
    menu_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    menu_key text NOT NULL UNIQUE,
    menu text NOT NULL,
    menu_kind text NOT NULL DEFAULT 'menu' CHECK (menu_kind IN ('menu', 'empty', 'phone')),
    menu_abandoned boolean NOT NULL DEFAULT false,
    menu_goal boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ivr.menus (menu_key, menu, menu_kind, menu_abandoned) VALUES
    ('vacio', 'VACIO', 'empty', true),
    ('telefono_en_menu', 'TELEFONO_EN_MENU', 'phone', false),
    ('cliente_colgo', 'cliente_colgo', 'menu', true),
    ('sinopcion_cabecera', 'SinOpcion_Cabecera', 'menu', true),
    ('marque3', 'Marque3', 'menu', false);

CREATE TABLE ivr.options (
    option_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    option text NOT NULL UNIQUE
);

CREATE TABLE ivr.centres (
    centre_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    centre text NOT NULL UNIQUE,
    centre_kind text NOT NULL CHECK (centre_kind IN ('vdn', 'hung_up', 'null', 'zeros', 'bad_start'))
);

CREATE TABLE ivr.label_sets (
    label_set_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    labels text[] NOT NULL UNIQUE
);

CREATE TABLE ivr.holidays (
    day date PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE ivr.runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id smallint NOT NULL REFERENCES ivr.sources,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    phase text NOT NULL DEFAULT 'waiting',
    request jsonb NOT NULL DEFAULT '{}',
    requested_by text NOT NULL,
    idempotency_key text,
    retry_of bigint REFERENCES ivr.runs,
    attempt integer NOT NULL DEFAULT 1,
    cancel_requested boolean NOT NULL DEFAULT false,
    epoch bigint,
    queued_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    heartbeat_at timestamptz,
    rows_expected bigint,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_published bigint NOT NULL DEFAULT 0,
    rows_unchanged bigint NOT NULL DEFAULT 0,
    rows_held bigint NOT NULL DEFAULT 0,
    rows_rejected bigint NOT NULL DEFAULT 0,
    rows_duplicate bigint NOT NULL DEFAULT 0,
    details jsonb NOT NULL DEFAULT '{}',
    error text,
    -- Holds for a finished run only: while it works, rows are read before they are told apart.
    CHECK (state <> 'succeeded'
        OR rows_read = rows_published + rows_unchanged + rows_held + rows_rejected + rows_duplicate)
);
CREATE INDEX ON ivr.runs (source_id, run_id DESC);
-- One run per source at a time, whoever asks.
CREATE UNIQUE INDEX runs_one_per_source ON ivr.runs (source_id) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX ON ivr.runs (requested_by, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The proof: one row per run and unit (table or file, day), written in the transaction that published it.
CREATE TABLE ivr.run_units (
    run_id bigint NOT NULL REFERENCES ivr.runs,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    rows_read bigint NOT NULL,
    rows_published bigint NOT NULL,
    rows_unchanged bigint NOT NULL,
    rows_held bigint NOT NULL,
    rows_rejected bigint NOT NULL,
    rows_duplicate bigint NOT NULL,
    outcome text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (run_id, source_table, unit_date),
    CHECK (rows_read = rows_published + rows_unchanged + rows_held + rows_rejected + rows_duplicate)
);

-- What is published of the legacy source. unit_date 1900-01-01 gathers rows whose dFecha cannot be read.
CREATE TABLE ivr.units (
    unit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id smallint NOT NULL REFERENCES ivr.sources,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    rows_read bigint NOT NULL DEFAULT 0,
    rows_published bigint NOT NULL DEFAULT 0,
    digest bytea,
    first_started_at timestamptz,
    last_started_at timestamptz,
    published_by bigint REFERENCES ivr.runs,
    published_at timestamptz,
    held_rows bigint,
    held_at timestamptz,
    UNIQUE (source_id, source_table, unit_date)
);

-- Telephones are masked before a row comes here; a reject of a unit is replaced with its unit.
CREATE TABLE ivr.rejects (
    reject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES ivr.runs,
    source_id smallint NOT NULL REFERENCES ivr.sources,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    row_masked text NOT NULL,
    rejected_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON ivr.rejects (source_id, source_table, unit_date);

-- A legacy call is found again by (source, table, unit_date, occurrence); identical rows all count.
CREATE TABLE ivr.legacy_calls (
    call_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    duration_s integer,
    source_id smallint NOT NULL,
    unit_id integer NOT NULL,
    did_id integer NOT NULL,
    menu_id integer NOT NULL,
    option_id integer NOT NULL,
    centre_id integer NOT NULL,
    label_set_id integer NOT NULL,
    occurrence integer NOT NULL,
    line_kind smallint NOT NULL,
    swapped boolean NOT NULL
) PARTITION BY RANGE (started_at);
-- No unique index: COPY runs at the speed of the heap, and units are replaced whole in one transaction.
CREATE INDEX legacy_calls_started_at ON ivr.legacy_calls USING brin (started_at) WITH (pages_per_range = 32);

CREATE TABLE ivr.queue_calls (
    call_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    callid text NOT NULL,
    queue text NOT NULL,
    agent text,
    entered_at timestamptz NOT NULL,
    ended_at timestamptz,
    exit text NOT NULL CHECK (exit IN
        ('answered', 'abandoned', 'timeout', 'key_exit', 'empty', 'withdrawn', 'flow_out', 'open')),
    wait_s double precision CHECK (wait_s >= 0),
    ring_s double precision CHECK (ring_s >= 0),
    talk_s double precision CHECK (talk_s >= 0),
    entry_position integer,
    transfers integer NOT NULL,
    ring_no_answer integer NOT NULL,
    PRIMARY KEY (caller_id, entered_at, call_id)
) PARTITION BY RANGE (entered_at);
CREATE INDEX queue_calls_entered_at ON ivr.queue_calls (entered_at);

-- Events of calls that have not ended, or ended less than a day before the newest event: no number in them.
CREATE TABLE ivr.queue_kept_events (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    callid text NOT NULL,
    queue text NOT NULL,
    agent text,
    verb text NOT NULL,
    caller_id bigint NOT NULL,
    wait_s double precision,
    talk_s double precision,
    ring_s double precision,
    entry_position integer,
    PRIMARY KEY (source_id, stream, position)
);

-- How far each stream is read: byte offset for a file (stream = hash of its first line), id for a table.
CREATE TABLE ivr.queue_streams (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    name text NOT NULL,
    next_position bigint NOT NULL,
    rows_read bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, stream)
);

-- Ids already read inside the overlap of a table: rows may be committed out of order.
CREATE TABLE ivr.queue_recent_ids (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (source_id, stream, position)
);

-- Makes the partition of one month. LIKE + ATTACH instead of PARTITION OF: it does not wait for running loads and readers.
CREATE FUNCTION ivr.ensure_month(parent text, month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    since date := date_trunc('month', month)::date;
    part text := format('%s_%s', parent, to_char(since, 'YYYY_MM'));
BEGIN
    IF parent NOT IN ('legacy_calls', 'queue_calls') THEN
        RAISE EXCEPTION 'ivr.% is not partitioned by month', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ivr.ensure_month'));
    IF to_regclass(format('ivr.%I', part)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ivr.%I (LIKE ivr.%I INCLUDING ALL)', part, parent);
    EXECUTE format('ALTER TABLE ivr.%I ATTACH PARTITION ivr.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
                   since::timestamp AT TIME ZONE 'UTC', (since + interval '1 month')::timestamp AT TIME ZONE 'UTC');
END $$;
REVOKE ALL ON FUNCTION ivr.ensure_month(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.ensure_month(text, date) TO iact_ivr;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ivr TO iact_ivr;

-- The border: what other services may read. A column here is a promise.
CREATE VIEW ivr.sources_v1 AS
SELECT source, kind, zone FROM ivr.sources;

CREATE VIEW ivr.data_version_v1 AS
SELECT s.source, s.kind, s.zone, coalesce(v.version, 0) AS version, v.data_as_of, v.updated_at
FROM ivr.sources s LEFT JOIN ivr.data_versions v USING (source_id);

CREATE VIEW ivr.legacy_calls_v1 AS
SELECT c.call_id, s.source, c.caller_id, c.started_at, c.duration_s, d.did, d.segment,
       m.menu, m.menu_kind, m.menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       CASE c.line_kind WHEN 0 THEN 'no_digito' WHEN 1 THEN 'misma_linea' ELSE 'linea_diferente' END AS line_kind,
       l.labels, c.swapped, u.source_table, nullif(u.unit_date, date '1900-01-01') AS unit_date, c.occurrence
FROM ivr.legacy_calls c
LEFT JOIN ivr.sources s ON s.source_id = c.source_id
LEFT JOIN ivr.dids d ON d.did_id = c.did_id
LEFT JOIN ivr.menus m ON m.menu_id = c.menu_id
LEFT JOIN ivr.options o ON o.option_id = c.option_id
LEFT JOIN ivr.centres e ON e.centre_id = c.centre_id
LEFT JOIN ivr.label_sets l ON l.label_set_id = c.label_set_id
LEFT JOIN ivr.units u ON u.unit_id = c.unit_id;

CREATE VIEW ivr.queue_calls_v1 AS
SELECT q.call_id, s.source, q.caller_id, q.callid, q.queue, q.agent, q.entered_at, q.ended_at, q.exit,
       q.wait_s, q.ring_s, q.talk_s, q.entry_position, q.transfers, q.ring_no_answer
FROM ivr.queue_calls q
LEFT JOIN ivr.sources s ON s.source_id = q.source_id;

CREATE VIEW ivr.holidays_v1 AS
SELECT day, name FROM ivr.holidays;

CREATE VIEW ivr.menus_v1 AS
SELECT menu, menu_kind, menu_abandoned, menu_goal FROM ivr.menus;

CREATE VIEW ivr.dids_v1 AS
SELECT did, segment FROM ivr.dids;

CREATE VIEW ivr.runs_v1 AS
SELECT r.run_id, s.source, r.state, r.started_at, r.finished_at, r.rows_read, r.rows_published, r.rows_unchanged,
       r.rows_held, r.rows_rejected, r.rows_duplicate, r.error
FROM ivr.runs r JOIN ivr.sources s USING (source_id);

GRANT SELECT ON ivr.sources_v1, ivr.data_version_v1, ivr.legacy_calls_v1, ivr.queue_calls_v1, ivr.holidays_v1,
    ivr.menus_v1, ivr.dids_v1, ivr.runs_v1 TO iact_analytics, iact_ivr;
