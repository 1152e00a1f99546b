-- What the PBX says about one call beside its queue log: a leg for each cdr record, a step for each menu from cel.
SET LOCAL lock_timeout = '5s';

-- leg_id is the keyed hash of the record's key in the PBX. No telephone is in any column: names that held one carry a
-- keyed word in its place.
CREATE TABLE ivr.call_legs (
    leg_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    sequence bigint,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_s integer CHECK (duration_s >= 0),
    billsec integer CHECK (billsec >= 0),
    disposition text NOT NULL CHECK (disposition IN
        ('answered', 'no_answer', 'busy', 'failed', 'congestion', 'unknown')),
    context text,
    channel text,
    dst_channel text,
    dst text,
    last_app text,
    queue text,
    agent text,
    source_table text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (caller_id, started_at, leg_id)
) PARTITION BY RANGE (started_at);
CREATE INDEX call_legs_leg_id ON ivr.call_legs (leg_id);
CREATE INDEX call_legs_linked_id ON ivr.call_legs (linked_id);
CREATE INDEX call_legs_unique_id ON ivr.call_legs (unique_id);
CREATE INDEX call_legs_started_at ON ivr.call_legs USING brin (started_at) WITH (pages_per_range = 32);

-- number is the step's place among those of its linked_id. A step whose end was not seen yet is open.
CREATE TABLE ivr.call_steps (
    step_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    left_at timestamptz,
    context text,
    exten text,
    menu text NOT NULL,
    app text NOT NULL,
    digit text,
    ended text NOT NULL CHECK (ended IN
        ('digit', 'typed', 'timeout', 'invalid', 'repeated', 'moved', 'queue', 'dialled', 'voicemail', 'connected',
         'hung_up', 'open')),
    PRIMARY KEY (caller_id, at, step_id)
) PARTITION BY RANGE (at);
CREATE INDEX call_steps_linked_id ON ivr.call_steps (linked_id);
CREATE INDEX call_steps_at ON ivr.call_steps USING brin (at) WITH (pages_per_range = 32);

-- cel events of calls that a later event can still change.
CREATE TABLE ivr.cel_kept_events (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    caller_id bigint NOT NULL,
    context text NOT NULL,
    exten text NOT NULL,
    app text NOT NULL,
    menu text NOT NULL,
    digit text,
    PRIMARY KEY (source_id, stream, position)
);
CREATE INDEX ON ivr.cel_kept_events (source_id, linked_id);

-- How far each stream of cdr or cel is read: a byte offset, an id, or the newest start where the table has no id.
CREATE TABLE ivr.detail_streams (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    name text NOT NULL,
    next_position bigint NOT NULL,
    newest_at timestamptz,
    swept_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, stream)
);

-- Ids that were missing when the ids around them were read: a transaction that commits late fills one of them.
CREATE TABLE ivr.detail_gaps (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    stream text NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (source_id, stream, first_position)
);

-- How far local times stand from the epochs that unique ids begin with: the most frequent difference, its share, and
-- how many rows were looked at. 0 when the declared zone is right.
CREATE TABLE ivr.zone_checks (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    source_table text NOT NULL,
    offset_s integer NOT NULL,
    share double precision NOT NULL CHECK (share > 0 AND share <= 1),
    rows_looked_at bigint NOT NULL,
    zone text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, source_table)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.call_legs, ivr.call_steps, ivr.cel_kept_events, ivr.detail_streams,
    ivr.detail_gaps, ivr.zone_checks TO iact_ivr;

-- As before, for every table of the schema that is partitioned by time: no list that a later table could be left out of.
CREATE OR REPLACE FUNCTION ivr.ensure_month(parent text, month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    since date := date_trunc('month', month)::date;
    part text := format('%s_%s', parent, to_char(since, 'YYYY_MM'));
BEGIN
    IF NOT EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                   WHERE c.relnamespace = 'ivr'::regnamespace AND c.relname = parent AND p.partstrat = 'r') THEN
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

-- Everything a leg says, as 64 bits; services/ivr/detail_hashes.py writes the same bytes for the source's side. The
-- byte ff stands for null, as in queue_call_hashes.
CREATE FUNCTION ivr.call_leg_hashes(source smallint)
RETURNS TABLE (leg_id bigint, caller_id bigint, started_at timestamptz, ended_at timestamptz, hash bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT l.leg_id, l.caller_id, l.started_at, l.ended_at,
       ('x' || left(md5(
           int8send(l.leg_id) || int8send(l.caller_id) || timestamptz_send(l.started_at)
           || coalesce(timestamptz_send(l.answered_at), '\xff') || coalesce(timestamptz_send(l.ended_at), '\xff')
           || coalesce(int4send(l.duration_s), '\xff') || coalesce(int4send(l.billsec), '\xff')
           || coalesce(int8send(l.sequence), '\xff')
           || convert_to(concat_ws(chr(31), l.linked_id, l.unique_id, l.disposition, coalesce(l.context, chr(30)),
                                   coalesce(l.channel, chr(30)), coalesce(l.dst_channel, chr(30)),
                                   coalesce(l.dst, chr(30)), coalesce(l.last_app, chr(30)),
                                   coalesce(l.queue, chr(30)), coalesce(l.agent, chr(30))), 'UTF8')
       ), 16))::bit(64)::bigint
FROM ivr.call_legs l
WHERE l.source_id = source
$$;

-- The same of a step.
CREATE FUNCTION ivr.call_step_hashes(source smallint)
RETURNS TABLE (step_id bigint, at timestamptz, hash bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT t.step_id, t.at,
       ('x' || left(md5(
           int8send(t.step_id) || int8send(t.caller_id) || int4send(t.number) || timestamptz_send(t.at)
           || coalesce(timestamptz_send(t.left_at), '\xff')
           || convert_to(concat_ws(chr(31), t.linked_id, t.unique_id, coalesce(t.context, chr(30)),
                                   coalesce(t.exten, chr(30)), t.menu, t.app, coalesce(t.digit, chr(30)), t.ended),
                         'UTF8')
       ), 16))::bit(64)::bigint
FROM ivr.call_steps t
WHERE t.source_id = source
$$;

REVOKE ALL ON FUNCTION ivr.call_leg_hashes(smallint), ivr.call_step_hashes(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.call_leg_hashes(smallint), ivr.call_step_hashes(smallint) TO iact_ivr;

-- Reconciliations compare legs and steps too.
ALTER TABLE ivr.reconciliation_cells DROP CONSTRAINT reconciliation_cells_part_check;
ALTER TABLE ivr.reconciliation_cells ADD CONSTRAINT reconciliation_cells_part_check
    CHECK (part IN ('unit', 'segment', 'events', 'queue', 'legs', 'steps', 'cel_events'));

CREATE VIEW ivr.call_legs_v1 AS
SELECT l.leg_id, s.source, l.caller_id, l.linked_id, l.unique_id, l.sequence, l.started_at, l.answered_at, l.ended_at,
       l.duration_s, l.billsec, l.disposition, l.context, l.channel, l.dst_channel, l.dst, l.last_app, l.queue, l.agent,
       l.source_table, l.position
FROM ivr.call_legs l
LEFT JOIN ivr.sources s ON s.source_id = l.source_id;

CREATE VIEW ivr.call_steps_v1 AS
SELECT t.step_id, s.source, t.caller_id, t.linked_id, t.unique_id, t.number, t.at, t.left_at, t.context, t.exten, t.menu,
       t.app, t.digit, t.ended
FROM ivr.call_steps t
LEFT JOIN ivr.sources s ON s.source_id = t.source_id;

CREATE VIEW ivr.zone_checks_v1 AS
SELECT s.source, z.source_table, z.zone, z.offset_s, z.share, z.rows_looked_at, z.checked_at
FROM ivr.zone_checks z JOIN ivr.sources s USING (source_id);

GRANT SELECT ON ivr.call_legs_v1, ivr.call_steps_v1, ivr.zone_checks_v1 TO iact_analytics, iact_ivr;
