-- Rollups: additive counts and mergeable sketches beside the facts, in the transaction that publishes the facts.
-- Rows of a legacy rollup belong to a unit, as facts do: replacing a unit deletes its rows and writes them again,
-- without a look at other units of the same day. Nothing here is a rate; a rate of rates is never computed.
SET LOCAL lock_timeout = '5s';

-- A value in seconds as a code: whole seconds up to an hour have a code each, so percentiles and thresholds of such
-- values stay exact; a fraction lies within 1 % (below a second: 10 ms) of the middle of its code, and no code of the
-- first hour holds values on both sides of a whole second. Above an hour a code is a minute (0.9 %), above a month the
-- last one. shared/sketches.py writes and reads the same codes.
CREATE FUNCTION ivr.value_code(seconds double precision) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE
    WHEN seconds > 3600 THEN 20000 + least(floor((seconds - 3600) / 60)::int, 45535)
    WHEN seconds = floor(seconds) THEN seconds::int
    WHEN seconds >= 50 THEN 12000 + floor(seconds)::int
    ELSE 4000 + 64 * floor(seconds)::int
        + floor((seconds - floor(seconds)) * ceil(50 / (floor(seconds) + 1)))::int
END $$;

-- One entry of a sketch: code and count, 6 bytes. A sketch is entries end to end; joining two sketches adds them up.
CREATE FUNCTION ivr.sketch_entry(code integer, n bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT substr(int4send(code), 3) || int4send(n::integer) $$;

CREATE FUNCTION ivr.sketch_entries(sketch bytea) RETURNS TABLE (code integer, n bigint)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT get_byte(sketch, 6 * i) * 256 + get_byte(sketch, 6 * i + 1),
       get_byte(sketch, 6 * i + 2)::bigint * 16777216 + get_byte(sketch, 6 * i + 3) * 65536
       + get_byte(sketch, 6 * i + 4) * 256 + get_byte(sketch, 6 * i + 5)
FROM generate_series(0, length(sketch) / 6 - 1) AS i $$;

-- What a legacy rollup row is about. Grains: 1 DID x whether the menu counts as abandoned; 2 DID x menu;
-- 3 DID x centre x whether the menu counts as abandoned; 4 DID x menu x option x centre.
CREATE TABLE ivr.legacy_cells (
    cell_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grain smallint NOT NULL CHECK (grain BETWEEN 1 AND 4),
    did_id integer NOT NULL,
    menu_id integer,
    option_id integer,
    centre_id integer,
    menu_abandoned boolean,
    UNIQUE NULLS NOT DISTINCT (grain, did_id, menu_id, option_id, centre_id, menu_abandoned)
);

-- Grain 1 only. Buckets begin in UTC; every zone in use is a multiple of 15 minutes away from it.
CREATE TABLE ivr.legacy_quarter_hours (
    bucket timestamptz NOT NULL,
    cell_id integer NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    transferred integer NOT NULL,
    ended_in_ivr integer NOT NULL,
    no_typed_line integer NOT NULL,
    same_line integer NOT NULL,
    different_line integer NOT NULL,
    menu_errors integer NOT NULL,
    swapped_times integer NOT NULL,
    duration_n integer NOT NULL,
    duration_s_total bigint NOT NULL,
    duration_s_max integer,
    PRIMARY KEY (bucket, cell_id, unit_id)
);

-- Grain 1 only, hours of UTC.
CREATE TABLE ivr.legacy_hours (LIKE ivr.legacy_quarter_hours, durations bytea NOT NULL, PRIMARY KEY (bucket, cell_id, unit_id));

-- All grains; the day is the local one of the source's zone. Grains 3 and 4 keep no sketch: durations is null there.
CREATE TABLE ivr.legacy_days (
    day date NOT NULL,
    grain smallint NOT NULL,
    cell_id integer NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    transferred integer NOT NULL,
    ended_in_ivr integer NOT NULL,
    no_typed_line integer NOT NULL,
    same_line integer NOT NULL,
    different_line integer NOT NULL,
    menu_errors integer NOT NULL,
    swapped_times integer NOT NULL,
    duration_n integer NOT NULL,
    duration_s_total bigint NOT NULL,
    duration_s_max integer,
    durations bytea,
    PRIMARY KEY (grain, day, cell_id, unit_id)
) PARTITION BY LIST (grain);
CREATE TABLE ivr.legacy_days_1 PARTITION OF ivr.legacy_days FOR VALUES IN (1);
CREATE TABLE ivr.legacy_days_2 PARTITION OF ivr.legacy_days FOR VALUES IN (2);
CREATE TABLE ivr.legacy_days_3 PARTITION OF ivr.legacy_days FOR VALUES IN (3);
CREATE TABLE ivr.legacy_days_4 PARTITION OF ivr.legacy_days FOR VALUES IN (4);

-- The days of a calendar month added up: recomputed whole, so no unit owns a row. `month` is its first day.
CREATE TABLE ivr.legacy_months (
    month date NOT NULL,
    grain smallint NOT NULL,
    cell_id integer NOT NULL,
    source_id smallint NOT NULL,
    calls bigint NOT NULL,
    transferred bigint NOT NULL,
    ended_in_ivr bigint NOT NULL,
    no_typed_line bigint NOT NULL,
    same_line bigint NOT NULL,
    different_line bigint NOT NULL,
    menu_errors bigint NOT NULL,
    swapped_times bigint NOT NULL,
    weekday_calls bigint NOT NULL,
    duration_n bigint NOT NULL,
    duration_s_total bigint NOT NULL,
    duration_s_max integer,
    durations bytea,
    PRIMARY KEY (grain, month, cell_id, source_id)
) PARTITION BY LIST (grain);
CREATE TABLE ivr.legacy_months_1 PARTITION OF ivr.legacy_months FOR VALUES IN (1);
CREATE TABLE ivr.legacy_months_2 PARTITION OF ivr.legacy_months FOR VALUES IN (2);
CREATE TABLE ivr.legacy_months_3 PARTITION OF ivr.legacy_months FOR VALUES IN (3);
CREATE TABLE ivr.legacy_months_4 PARTITION OF ivr.legacy_months FOR VALUES IN (4);

-- Looking ahead, per local day of the call and grain 2. Only callers of this source are looked at. `covered`: the data
-- reaches to the end of the window; `known`: covered and the caller is known; `repeated`: known and called again.
-- Recomputed for each published day and the 7 days before it, for that is how far a call can be looked ahead of.
CREATE TABLE ivr.legacy_repeat_days (
    day date NOT NULL,
    cell_id integer NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    ended_in_ivr integer NOT NULL,
    covered_1h integer NOT NULL,
    known_1h integer NOT NULL,
    repeated_1h integer NOT NULL,
    covered_24h integer NOT NULL,
    known_24h integer NOT NULL,
    repeated_24h integer NOT NULL,
    covered_7d integer NOT NULL,
    known_7d integer NOT NULL,
    repeated_7d integer NOT NULL,
    ended_known_24h integer NOT NULL,
    ended_repeated_24h integer NOT NULL,
    PRIMARY KEY (day, cell_id, source_id)
);

-- The different callers of a unit, local day and DID: sorted distinct caller ids, 8 bytes each, 0 (unknown) left out.
-- Exact counts of any calendar period are unions of these; `sketch` is a HyperLogLog of 16,384 bytes for other ranges.
CREATE TABLE ivr.legacy_caller_days (
    day date NOT NULL,
    did_id integer NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL,
    sketch bytea NOT NULL,
    PRIMARY KEY (day, did_id, unit_id)
);
ALTER TABLE ivr.legacy_caller_days ALTER COLUMN callers SET STORAGE EXTERNAL;

-- The union of a month's days. Shards split the ids by their upper bits, so that counts of shards add up exactly and a
-- year is counted shard by shard in little memory.
CREATE TABLE ivr.legacy_caller_months (
    month date NOT NULL,
    did_id integer NOT NULL,
    shard smallint NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL,
    PRIMARY KEY (month, did_id, shard, source_id)
);
ALTER TABLE ivr.legacy_caller_months ALTER COLUMN callers SET STORAGE EXTERNAL;

CREATE TABLE ivr.legacy_caller_month_sketches (
    month date NOT NULL,
    did_id integer NOT NULL,
    source_id smallint NOT NULL,
    sketch bytea NOT NULL,
    PRIMARY KEY (month, did_id, source_id)
);

-- Exact numbers of different callers of a calendar period in the source's zone; segment null is all of them. A row is
-- there only while it is right: a publication removes the rows of the periods that it touches and writes them again.
CREATE TABLE ivr.legacy_unique_callers (
    source_id smallint NOT NULL,
    period text NOT NULL CHECK (period IN ('day', 'month', 'quarter', 'year')),
    since date NOT NULL,
    segment text,
    callers bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (source_id, period, since, segment)
);

-- Queue calls. Grains: 1 queue; 2 queue x agent (agent null: nobody answered).
CREATE TABLE ivr.queue_cells (
    cell_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    grain smallint NOT NULL CHECK (grain IN (1, 2)),
    queue text NOT NULL,
    agent text,
    UNIQUE NULLS NOT DISTINCT (grain, queue, agent)
);

-- Grain 1 only, by the moment of entry; recomputed from facts for each bucket that a publication touches.
-- wait_*: calls that are not open; queued_n: answered after a wait above 0; talk_*: answered calls that have ended.
CREATE TABLE ivr.queue_quarter_hours (
    bucket timestamptz NOT NULL,
    cell_id integer NOT NULL,
    source_id smallint NOT NULL,
    offered integer NOT NULL,
    answered integer NOT NULL,
    abandoned integer NOT NULL,
    timed_out integer NOT NULL,
    key_exits integer NOT NULL,
    empty_exits integer NOT NULL,
    withdrawn integer NOT NULL,
    flowed_out integer NOT NULL,
    open integer NOT NULL,
    transfers integer NOT NULL,
    ring_no_answer integer NOT NULL,
    wait_n integer NOT NULL,
    wait_s_total double precision NOT NULL,
    wait_s_max double precision,
    wait_answered_n integer NOT NULL,
    wait_answered_s_total double precision NOT NULL,
    queued_n integer NOT NULL,
    talk_n integer NOT NULL,
    talk_s_total double precision NOT NULL,
    duration_n integer NOT NULL,
    duration_s_total double precision NOT NULL,
    duration_s_max double precision,
    waits_answered bytea NOT NULL,
    waits_abandoned bytea NOT NULL,
    waits_other bytea NOT NULL,
    talks bytea NOT NULL,
    durations bytea NOT NULL,
    PRIMARY KEY (bucket, cell_id, source_id)
);
CREATE TABLE ivr.queue_hours (LIKE ivr.queue_quarter_hours, PRIMARY KEY (bucket, cell_id, source_id));

-- Both grains; local days and months of the source's zone.
CREATE TABLE ivr.queue_days (
    day date NOT NULL,
    grain smallint NOT NULL,
    LIKE ivr.queue_quarter_hours,
    PRIMARY KEY (grain, day, cell_id, source_id)
);
ALTER TABLE ivr.queue_days DROP COLUMN bucket;
CREATE TABLE ivr.queue_months (
    month date NOT NULL,
    grain smallint NOT NULL,
    LIKE ivr.queue_quarter_hours,
    PRIMARY KEY (grain, month, cell_id, source_id)
);
ALTER TABLE ivr.queue_months DROP COLUMN bucket;

-- As legacy_repeat_days, per queue (grain 1).
CREATE TABLE ivr.queue_repeat_days (
    day date NOT NULL,
    cell_id integer NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    covered_1h integer NOT NULL,
    known_1h integer NOT NULL,
    repeated_1h integer NOT NULL,
    covered_24h integer NOT NULL,
    known_24h integer NOT NULL,
    repeated_24h integer NOT NULL,
    covered_7d integer NOT NULL,
    known_7d integer NOT NULL,
    repeated_7d integer NOT NULL,
    PRIMARY KEY (day, cell_id, source_id)
);

CREATE TABLE ivr.queue_caller_days (
    day date NOT NULL,
    queue text NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL,
    sketch bytea NOT NULL,
    PRIMARY KEY (day, queue, source_id)
);
ALTER TABLE ivr.queue_caller_days ALTER COLUMN callers SET STORAGE EXTERNAL;

-- As legacy_unique_callers; queue null is all of them. Days are written with each publication; longer periods once a
-- night, and removed when one of their days changes: then the sketches answer until the next night.
CREATE TABLE ivr.queue_unique_callers (
    source_id smallint NOT NULL,
    period text NOT NULL CHECK (period IN ('day', 'month', 'quarter', 'year')),
    since date NOT NULL,
    queue text,
    callers bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (source_id, period, since, queue)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ivr TO iact_ivr;

-- Each call of these units once for each grain asked for, with all that rollups count.
CREATE FUNCTION ivr.legacy_cell_calls(units integer[], grains smallint[])
RETURNS TABLE (grain smallint, cell_id integer, unit_id integer, source_id smallint, started_at timestamptz, day date,
               line_kind smallint, swapped boolean, menu_kind text, centre_kind text, duration_s integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT k.grain, k.cell_id, c.unit_id, c.source_id, c.started_at, (c.started_at AT TIME ZONE s.zone)::date,
       c.line_kind, c.swapped, m.menu_kind, e.centre_kind, c.duration_s
FROM ivr.legacy_calls c
JOIN ivr.sources s ON s.source_id = c.source_id
JOIN ivr.menus m ON m.menu_id = c.menu_id
JOIN ivr.centres e ON e.centre_id = c.centre_id
JOIN ivr.legacy_cells k ON k.did_id = c.did_id AND CASE k.grain
    WHEN 1 THEN k.menu_abandoned = m.menu_abandoned
    WHEN 2 THEN k.menu_id = c.menu_id
    WHEN 3 THEN k.centre_id = c.centre_id AND k.menu_abandoned = m.menu_abandoned
    ELSE k.menu_id = c.menu_id AND k.option_id = c.option_id AND k.centre_id = c.centre_id END
WHERE c.unit_id = ANY (units) AND k.grain = ANY (grains)
$$;
REVOKE ALL ON FUNCTION ivr.legacy_cell_calls(integer[], smallint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.legacy_cell_calls(integer[], smallint[]) TO iact_ivr;

-- The border: what other services may read of the rollups.
CREATE VIEW ivr.legacy_quarter_hours_v1 AS
SELECT r.bucket, s.source, d.did, d.segment, k.menu_abandoned, r.calls,
       CASE WHEN k.menu_abandoned THEN r.calls ELSE 0 END AS abandoned, r.transferred, r.ended_in_ivr,
       r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.duration_n, r.duration_s_total, r.duration_s_max
FROM ivr.legacy_quarter_hours r
JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
JOIN ivr.dids d ON d.did_id = k.did_id
JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.legacy_hours_v1 AS
SELECT r.bucket, s.source, d.did, d.segment, k.menu_abandoned, r.calls,
       CASE WHEN k.menu_abandoned THEN r.calls ELSE 0 END AS abandoned, r.transferred, r.ended_in_ivr,
       r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_hours r
JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
JOIN ivr.dids d ON d.did_id = k.did_id
JOIN ivr.sources s ON s.source_id = r.source_id;

-- Asked with a grain: menu, option and centre are null where the grain does not tell them apart.
CREATE VIEW ivr.legacy_days_v1 AS
SELECT r.grain, r.day, s.source, d.did, d.segment, m.menu, m.menu_kind,
       coalesce(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       r.calls, CASE WHEN coalesce(k.menu_abandoned, m.menu_abandoned) THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       CASE WHEN extract(isodow FROM r.day) <= 5 THEN r.calls ELSE 0 END AS weekday_calls,
       CASE WHEN extract(isodow FROM r.day) > 5 THEN r.calls ELSE 0 END AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_days r
JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.options o ON o.option_id = k.option_id
LEFT JOIN ivr.centres e ON e.centre_id = k.centre_id
JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.legacy_months_v1 AS
SELECT r.grain, r.month, s.source, d.did, d.segment, m.menu, m.menu_kind,
       coalesce(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       r.calls, CASE WHEN coalesce(k.menu_abandoned, m.menu_abandoned) THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.weekday_calls, r.calls - r.weekday_calls AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_months r
JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.options o ON o.option_id = k.option_id
LEFT JOIN ivr.centres e ON e.centre_id = k.centre_id
JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.legacy_repeat_days_v1 AS
SELECT r.day, s.source, d.did, d.segment, m.menu, m.menu_kind, m.menu_abandoned, m.menu_goal, r.calls, r.ended_in_ivr,
       r.covered_1h, r.known_1h, r.repeated_1h, r.covered_24h, r.known_24h, r.repeated_24h,
       r.covered_7d, r.known_7d, r.repeated_7d, r.ended_known_24h, r.ended_repeated_24h
FROM ivr.legacy_repeat_days r
JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
JOIN ivr.dids d ON d.did_id = k.did_id
JOIN ivr.menus m ON m.menu_id = k.menu_id
JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.legacy_unique_callers_v1 AS
SELECT s.source, u.period, u.since, u.segment, u.callers
FROM ivr.legacy_unique_callers u JOIN ivr.sources s ON s.source_id = u.source_id;

-- Sketches of 'day' are per unit: take the union of all rows of a day.
CREATE VIEW ivr.legacy_caller_sketches_v1 AS
SELECT s.source, 'day' AS period, c.day AS since, d.did, d.segment, c.sketch
FROM ivr.legacy_caller_days c
JOIN ivr.dids d ON d.did_id = c.did_id JOIN ivr.sources s ON s.source_id = c.source_id
UNION ALL
SELECT s.source, 'month', c.month, d.did, d.segment, c.sketch
FROM ivr.legacy_caller_month_sketches c
JOIN ivr.dids d ON d.did_id = c.did_id JOIN ivr.sources s ON s.source_id = c.source_id;

CREATE VIEW ivr.queue_quarter_hours_v1 AS
SELECT s.source, k.queue, r.* FROM ivr.queue_quarter_hours r
JOIN ivr.queue_cells k ON k.cell_id = r.cell_id JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.queue_hours_v1 AS
SELECT s.source, k.queue, r.* FROM ivr.queue_hours r
JOIN ivr.queue_cells k ON k.cell_id = r.cell_id JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.queue_days_v1 AS
SELECT s.source, k.queue, k.agent, r.* FROM ivr.queue_days r
JOIN ivr.queue_cells k ON k.cell_id = r.cell_id JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.queue_months_v1 AS
SELECT s.source, k.queue, k.agent, r.* FROM ivr.queue_months r
JOIN ivr.queue_cells k ON k.cell_id = r.cell_id JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.queue_repeat_days_v1 AS
SELECT r.day, s.source, k.queue, r.calls, r.covered_1h, r.known_1h, r.repeated_1h, r.covered_24h, r.known_24h,
       r.repeated_24h, r.covered_7d, r.known_7d, r.repeated_7d
FROM ivr.queue_repeat_days r
JOIN ivr.queue_cells k ON k.cell_id = r.cell_id JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE VIEW ivr.queue_unique_callers_v1 AS
SELECT s.source, u.period, u.since, u.queue, u.callers
FROM ivr.queue_unique_callers u JOIN ivr.sources s ON s.source_id = u.source_id;

CREATE VIEW ivr.queue_caller_sketches_v1 AS
SELECT s.source, c.day AS since, c.queue, c.sketch
FROM ivr.queue_caller_days c JOIN ivr.sources s ON s.source_id = c.source_id;

GRANT SELECT ON ivr.legacy_quarter_hours_v1, ivr.legacy_hours_v1, ivr.legacy_days_v1, ivr.legacy_months_v1,
    ivr.legacy_repeat_days_v1, ivr.legacy_unique_callers_v1, ivr.legacy_caller_sketches_v1, ivr.queue_quarter_hours_v1,
    ivr.queue_hours_v1, ivr.queue_days_v1, ivr.queue_months_v1, ivr.queue_repeat_days_v1, ivr.queue_unique_callers_v1,
    ivr.queue_caller_sketches_v1 TO iact_analytics, iact_ivr;
