-- What has changed per local day, so that an answer about a closed period stays valid while newer data arrives.
SET LOCAL lock_timeout = '5s';

-- How often the queue calls of a local day were rolled up. Legacy days need no table: units carry their publication.
CREATE TABLE ivr.queue_day_versions (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    day date NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (source_id, day)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.queue_day_versions TO iact_ivr;

-- Rows of a day are deleted and written again by every publication that touches the day: either statement moves it.
CREATE FUNCTION ivr.move_queue_days() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ivr.queue_day_versions AS v (source_id, day)
    SELECT DISTINCT source_id, day FROM changed ORDER BY source_id, day
    ON CONFLICT (source_id, day) DO UPDATE SET version = v.version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER move_days_added AFTER INSERT ON ivr.queue_days
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.move_queue_days();
CREATE TRIGGER move_days_removed AFTER DELETE ON ivr.queue_days
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.move_queue_days();
INSERT INTO ivr.queue_day_versions (source_id, day) SELECT DISTINCT source_id, day FROM ivr.queue_days;

-- One number per source and local day that changes when a call of the day does. A unit that leaves the day changes it
-- too, because the sum is over the units that have calls on it.
CREATE VIEW ivr.day_versions_v1 AS
SELECT s.source, d.day, sum(hashint8extended(d.unit_id, 0)::numeric
       + extract(epoch FROM u.published_at) * 1000000)::text AS version
FROM (SELECT DISTINCT source_id, day, unit_id FROM ivr.legacy_days WHERE grain = 1) d
JOIN ivr.units u ON u.unit_id = d.unit_id
JOIN ivr.sources s ON s.source_id = d.source_id
GROUP BY s.source, d.day
UNION ALL
SELECT s.source, v.day, v.version::text FROM ivr.queue_day_versions v JOIN ivr.sources s ON s.source_id = v.source_id;
GRANT SELECT ON ivr.day_versions_v1 TO iact_analytics, iact_ivr;

-- As before, with a join of equals for each grain: looking through all cells of a DID for every call is quadratic.
CREATE OR REPLACE FUNCTION ivr.legacy_cell_calls(units integer[], grains smallint[])
RETURNS TABLE (grain smallint, cell_id integer, unit_id integer, source_id smallint, started_at timestamptz, day date,
               line_kind smallint, swapped boolean, menu_kind text, centre_kind text, duration_s integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH calls AS (
    SELECT c.did_id, c.menu_id, c.option_id, c.centre_id, m.menu_abandoned, c.unit_id, c.source_id, c.started_at,
           (c.started_at AT TIME ZONE s.zone)::date AS day, c.line_kind, c.swapped, m.menu_kind, e.centre_kind, c.duration_s
    FROM ivr.legacy_calls c
    JOIN ivr.sources s ON s.source_id = c.source_id
    JOIN ivr.menus m ON m.menu_id = c.menu_id
    JOIN ivr.centres e ON e.centre_id = c.centre_id
    WHERE c.unit_id = ANY (units)
), celled AS (
    SELECT k.grain, k.cell_id, c.* FROM calls c
    JOIN ivr.legacy_cells k ON k.grain = 1 AND k.did_id = c.did_id AND k.menu_abandoned = c.menu_abandoned
    WHERE 1 = ANY (grains)
    UNION ALL
    SELECT k.grain, k.cell_id, c.* FROM calls c
    JOIN ivr.legacy_cells k ON k.grain = 2 AND k.did_id = c.did_id AND k.menu_id = c.menu_id
    WHERE 2 = ANY (grains)
    UNION ALL
    SELECT k.grain, k.cell_id, c.* FROM calls c
    JOIN ivr.legacy_cells k ON k.grain = 3 AND k.did_id = c.did_id AND k.centre_id = c.centre_id
        AND k.menu_abandoned = c.menu_abandoned
    WHERE 3 = ANY (grains)
    UNION ALL
    SELECT k.grain, k.cell_id, c.* FROM calls c
    JOIN ivr.legacy_cells k ON k.grain = 4 AND k.did_id = c.did_id AND k.menu_id = c.menu_id
        AND k.option_id = c.option_id AND k.centre_id = c.centre_id
    WHERE 4 = ANY (grains)
)
SELECT grain, cell_id, unit_id, source_id, started_at, day, line_kind, swapped, menu_kind, centre_kind, duration_s
FROM celled
$$;

-- As before, with outer joins: what a question does not ask for is not joined. Every row has its cell, DID and source.
CREATE OR REPLACE VIEW ivr.legacy_quarter_hours_v1 AS
SELECT r.bucket, s.source, d.did, d.segment, k.menu_abandoned, r.calls,
       CASE WHEN k.menu_abandoned THEN r.calls ELSE 0 END AS abandoned, r.transferred, r.ended_in_ivr,
       r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.duration_n, r.duration_s_total, r.duration_s_max
FROM ivr.legacy_quarter_hours r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.legacy_hours_v1 AS
SELECT r.bucket, s.source, d.did, d.segment, k.menu_abandoned, r.calls,
       CASE WHEN k.menu_abandoned THEN r.calls ELSE 0 END AS abandoned, r.transferred, r.ended_in_ivr,
       r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_hours r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.legacy_days_v1 AS
SELECT r.grain, r.day, s.source, d.did, d.segment, m.menu, m.menu_kind,
       coalesce(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       r.calls, CASE WHEN coalesce(k.menu_abandoned, m.menu_abandoned) THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       CASE WHEN extract(isodow FROM r.day) <= 5 THEN r.calls ELSE 0 END AS weekday_calls,
       CASE WHEN extract(isodow FROM r.day) > 5 THEN r.calls ELSE 0 END AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_days r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.options o ON o.option_id = k.option_id
LEFT JOIN ivr.centres e ON e.centre_id = k.centre_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.legacy_months_v1 AS
SELECT r.grain, r.month, s.source, d.did, d.segment, m.menu, m.menu_kind,
       coalesce(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       r.calls, CASE WHEN coalesce(k.menu_abandoned, m.menu_abandoned) THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.weekday_calls, r.calls - r.weekday_calls AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM ivr.legacy_months r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.options o ON o.option_id = k.option_id
LEFT JOIN ivr.centres e ON e.centre_id = k.centre_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.legacy_repeat_days_v1 AS
SELECT r.day, s.source, d.did, d.segment, m.menu, m.menu_kind, m.menu_abandoned, m.menu_goal, r.calls, r.ended_in_ivr,
       r.covered_1h, r.known_1h, r.repeated_1h, r.covered_24h, r.known_24h, r.repeated_24h,
       r.covered_7d, r.known_7d, r.repeated_7d, r.ended_known_24h, r.ended_repeated_24h
FROM ivr.legacy_repeat_days r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.queue_quarter_hours_v1 AS
SELECT s.source, k.queue, r.* FROM ivr.queue_quarter_hours r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.queue_hours_v1 AS
SELECT s.source, k.queue, r.* FROM ivr.queue_hours r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.queue_days_v1 AS
SELECT s.source, k.queue, k.agent, r.* FROM ivr.queue_days r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.queue_months_v1 AS
SELECT s.source, k.queue, k.agent, r.* FROM ivr.queue_months r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

CREATE OR REPLACE VIEW ivr.queue_repeat_days_v1 AS
SELECT r.day, s.source, k.queue, r.calls, r.covered_1h, r.known_1h, r.repeated_1h, r.covered_24h, r.known_24h,
       r.repeated_24h, r.covered_7d, r.known_7d, r.repeated_7d
FROM ivr.queue_repeat_days r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id LEFT JOIN ivr.sources s ON s.source_id = r.source_id;
