-- Reconciliations: the hashes that facts are compared by, and what each comparison found.
SET LOCAL lock_timeout = '5s';

CREATE TABLE ivr.reconciliations (
    reconciliation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id smallint NOT NULL REFERENCES ivr.sources,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'equal', 'different', 'failed')),
    request jsonb NOT NULL,
    requested_by text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    rows_source bigint NOT NULL DEFAULT 0,
    rows_warehouse bigint NOT NULL DEFAULT 0,
    cells_compared integer NOT NULL DEFAULT 0,
    cells_different integer NOT NULL DEFAULT 0,
    rows_different bigint,
    notes text[] NOT NULL DEFAULT '{}',
    error text
);
CREATE INDEX ON ivr.reconciliations (source_id, reconciliation_id DESC);
CREATE UNIQUE INDEX reconciliations_one_per_source ON ivr.reconciliations (source_id) WHERE state = 'running';

-- One row per day and part that was compared: all rows of a unit, one segment, all events of a day, one queue.
CREATE TABLE ivr.reconciliation_cells (
    reconciliation_id bigint NOT NULL REFERENCES ivr.reconciliations,
    part text NOT NULL CHECK (part IN ('unit', 'segment', 'events', 'queue')),
    source_table text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('equal', 'missing', 'extra', 'changed', 'gone')),
    rows_source bigint NOT NULL,
    rows_warehouse bigint NOT NULL,
    hash_source text NOT NULL,
    hash_warehouse text NOT NULL,
    PRIMARY KEY (reconciliation_id, part, source_table, day, name)
);

-- The calls that differ, found by bisection: no telephone is in them.
CREATE TABLE ivr.reconciliation_rows (
    reconciliation_id bigint NOT NULL REFERENCES ivr.reconciliations,
    verdict text NOT NULL CHECK (verdict IN ('missing', 'extra', 'changed')),
    source_table text NOT NULL,
    day date NOT NULL,
    call_id bigint NOT NULL,
    at timestamptz NOT NULL,
    description text NOT NULL
);
CREATE INDEX ON ivr.reconciliation_rows (reconciliation_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.reconciliations, ivr.reconciliation_cells, ivr.reconciliation_rows
    TO iact_ivr;

-- Everything a legacy call says, as 64 bits. Names instead of their numbers: a renumbered dimension is no difference,
-- an exchanged one is. services/ivr/reconcile.py writes the same bytes for the source's side.
-- Functions rather than views, because every view of this schema is a promise to other services; PostgreSQL inlines them.
CREATE FUNCTION ivr.legacy_call_hashes(source smallint)
RETURNS TABLE (unit_id integer, call_id bigint, started_at timestamptz, segment text, hash bigint, description text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT c.unit_id, c.call_id, c.started_at, coalesce(d.segment, 'desconocido'),
       ('x' || left(md5(
           int8send(c.call_id) || int8send(c.caller_id) || timestamptz_send(c.started_at) || int4send(c.occurrence)
           || int2send(c.line_kind) || boolsend(c.swapped) || coalesce(int4send(c.duration_s), '\x')
           || convert_to(concat_ws(chr(31), d.did, m.menu_key, o.option, e.centre,
                                   array_to_string(l.labels, chr(30))), 'UTF8')
       ), 16))::bit(64)::bigint,
       concat_ws(' ', d.did, m.menu, o.option, e.centre)
FROM ivr.legacy_calls c
LEFT JOIN ivr.dids d ON d.did_id = c.did_id
LEFT JOIN ivr.menus m ON m.menu_id = c.menu_id
LEFT JOIN ivr.options o ON o.option_id = c.option_id
LEFT JOIN ivr.centres e ON e.centre_id = c.centre_id
LEFT JOIN ivr.label_sets l ON l.label_set_id = c.label_set_id
WHERE c.source_id = source
$$;

-- The same of a queue call. No number of it begins with the byte ff: it stands for null and cannot be mistaken.
CREATE FUNCTION ivr.queue_call_hashes(source smallint)
RETURNS TABLE (call_id bigint, entered_at timestamptz, queue text, hash bigint, description text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT q.call_id, q.entered_at, q.queue,
       ('x' || left(md5(
           int8send(q.call_id) || int8send(q.caller_id) || timestamptz_send(q.entered_at)
           || coalesce(timestamptz_send(q.ended_at), '\xff') || coalesce(float8send(q.wait_s), '\xff')
           || coalesce(float8send(q.ring_s), '\xff') || coalesce(float8send(q.talk_s), '\xff')
           || coalesce(int4send(q.entry_position), '\xff') || int4send(q.transfers) || int4send(q.ring_no_answer)
           || convert_to(concat_ws(chr(31), q.callid, q.queue, coalesce(q.agent, chr(30)), q.exit), 'UTF8')
       ), 16))::bit(64)::bigint,
       concat_ws(' ', q.callid, q.queue, q.exit)
FROM ivr.queue_calls q
WHERE q.source_id = source
$$;

REVOKE ALL ON FUNCTION ivr.legacy_call_hashes(smallint), ivr.queue_call_hashes(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.legacy_call_hashes(smallint), ivr.queue_call_hashes(smallint) TO iact_ivr;
