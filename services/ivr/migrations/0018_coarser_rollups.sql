-- Coarser rollups beside those of days and hours, for questions that would read each cell of each day or hour of a year.
-- Triggers hold them to the rows that they are made of, so that whoever writes those (the release before, too) cannot
-- leave them wrong: sums move with each statement, and merged distributions are taken out until they are made again.
SET LOCAL lock_timeout = '5s';

-- Whoever changes these tables by other statements than those whose triggers keep coarser rollups right.
CREATE FUNCTION ivr.refuse_uncounted_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of ivr.% would leave the rollups made of it wrong; delete its rows and insert them anew',
        TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.legacy_hours
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_hours
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.legacy_repeat_days
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_months
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_days
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE TRUNCATE ON ivr.legacy_days
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();
CREATE TRIGGER refuse_uncounted_change BEFORE TRUNCATE ON ivr.legacy_months
    FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

-- The zone by whose clock the hours of a source's months are counted, from its first hours on. Another one than that of
-- the source: nobody may read them until they are counted anew. So what is taken goes from where it was added, whoever
-- changes the zone of the source and when. Whoever adds or takes shares the row until it commits; a recount waits for it.
CREATE TABLE ivr.month_hours_zones (
    source_id smallint PRIMARY KEY,
    zone text NOT NULL
);
INSERT INTO ivr.month_hours_zones SELECT source_id, zone FROM ivr.sources;
GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.month_hours_zones TO iact_ivr;
CREATE FUNCTION ivr.share_month_hours_zones(sources smallint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ivr.month_hours_zones (source_id, zone)
    SELECT s.source_id, s.zone FROM ivr.sources s WHERE s.source_id = ANY (sources)
        AND NOT EXISTS (SELECT FROM ivr.month_hours_zones z WHERE z.source_id = s.source_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM ivr.month_hours_zones WHERE source_id = ANY (sources) ORDER BY source_id FOR SHARE;
END $$;
REVOKE ALL ON FUNCTION ivr.share_month_hours_zones(smallint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.share_month_hours_zones(smallint[]) TO iact_ivr;

-- The hours of a calendar month by weekday and hour of the source's wall clock (for zones whose hours begin with UTC's).
-- `week_hour` begins with 0 on Monday. Rows of 0 calls are what is left of others that were taken out.
CREATE TABLE ivr.legacy_month_hours (
    month date NOT NULL,
    did_id integer NOT NULL,
    week_hour smallint NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    abandoned integer NOT NULL,
    transferred integer NOT NULL,
    ended_in_ivr integer NOT NULL,
    PRIMARY KEY (month, did_id, week_hour, source_id)
) WITH (fillfactor = 90);

CREATE FUNCTION ivr.add_legacy_month_hours() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    sign CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    PERFORM ivr.share_month_hours_zones(ARRAY(SELECT DISTINCT source_id FROM changed));
    -- The clock is read once a bucket, of which each cell has a row.
    INSERT INTO ivr.legacy_month_hours AS m (month, did_id, week_hour, source_id,
        calls, abandoned, transferred, ended_in_ivr)
    SELECT k.month, e.did_id, k.week_hour, c.source_id,
           sign * sum(c.calls), sign * coalesce(sum(c.calls) FILTER (WHERE e.menu_abandoned), 0),
           sign * sum(c.transferred), sign * sum(c.ended_in_ivr)
    FROM changed c JOIN ivr.legacy_cells e ON e.cell_id = c.cell_id JOIN (
        SELECT bucket, source_id, date_trunc('month', at)::date AS month,
               ((extract(isodow FROM at)::integer - 1) * 24 + extract(hour FROM at)::integer)::smallint AS week_hour
        FROM (SELECT d.bucket, d.source_id, d.bucket AT TIME ZONE z.zone AS at
              FROM (SELECT DISTINCT bucket, source_id FROM changed) d JOIN ivr.month_hours_zones z USING (source_id)) AS told
        OFFSET 0
    ) k ON k.bucket = c.bucket AND k.source_id = c.source_id
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (month, did_id, week_hour, source_id) DO UPDATE SET
        calls = m.calls + excluded.calls, abandoned = m.abandoned + excluded.abandoned,
        transferred = m.transferred + excluded.transferred, ended_in_ivr = m.ended_in_ivr + excluded.ended_in_ivr;
    RETURN NULL;
END $$;
CREATE TRIGGER add_to_month_hours AFTER INSERT ON ivr.legacy_hours
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_month_hours();
CREATE TRIGGER take_from_month_hours AFTER DELETE ON ivr.legacy_hours
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_month_hours();

CREATE TABLE ivr.queue_month_hours (
    month date NOT NULL,
    cell_id integer NOT NULL,
    week_hour smallint NOT NULL,
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
    PRIMARY KEY (month, cell_id, week_hour, source_id)
) WITH (fillfactor = 90);

CREATE FUNCTION ivr.add_queue_month_hours() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    sign CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    PERFORM ivr.share_month_hours_zones(ARRAY(SELECT DISTINCT source_id FROM changed));
    -- The clock is read once a bucket, of which each cell has a row.
    INSERT INTO ivr.queue_month_hours AS m (month, cell_id, week_hour, source_id,
        offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open)
    SELECT k.month, c.cell_id, k.week_hour, c.source_id,
           sign * sum(c.offered), sign * sum(c.answered), sign * sum(c.abandoned), sign * sum(c.timed_out),
           sign * sum(c.key_exits), sign * sum(c.empty_exits), sign * sum(c.withdrawn), sign * sum(c.flowed_out),
           sign * sum(c.open)
    FROM changed c JOIN (
        SELECT bucket, source_id, date_trunc('month', at)::date AS month,
               ((extract(isodow FROM at)::integer - 1) * 24 + extract(hour FROM at)::integer)::smallint AS week_hour
        FROM (SELECT d.bucket, d.source_id, d.bucket AT TIME ZONE z.zone AS at
              FROM (SELECT DISTINCT bucket, source_id FROM changed) d JOIN ivr.month_hours_zones z USING (source_id)) AS told
        OFFSET 0
    ) k ON k.bucket = c.bucket AND k.source_id = c.source_id
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (month, cell_id, week_hour, source_id) DO UPDATE SET
        offered = m.offered + excluded.offered, answered = m.answered + excluded.answered,
        abandoned = m.abandoned + excluded.abandoned, timed_out = m.timed_out + excluded.timed_out,
        key_exits = m.key_exits + excluded.key_exits, empty_exits = m.empty_exits + excluded.empty_exits,
        withdrawn = m.withdrawn + excluded.withdrawn, flowed_out = m.flowed_out + excluded.flowed_out,
        open = m.open + excluded.open;
    RETURN NULL;
END $$;
CREATE TRIGGER add_to_month_hours AFTER INSERT ON ivr.queue_hours
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_queue_month_hours();
CREATE TRIGGER take_from_month_hours AFTER DELETE ON ivr.queue_hours
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_queue_month_hours();

-- All of one source anew, by the zone that it has now.
CREATE FUNCTION ivr.count_month_hours(counted integer) RETURNS void
LANGUAGE plpgsql STRICT SET search_path = pg_catalog AS $$
DECLARE
    its_zone text;
BEGIN
    INSERT INTO ivr.month_hours_zones AS z (source_id, zone) SELECT s.source_id, s.zone FROM ivr.sources s
    WHERE s.source_id = counted
    ON CONFLICT (source_id) DO UPDATE SET zone = excluded.zone RETURNING z.zone INTO its_zone;
    DELETE FROM ivr.legacy_month_hours WHERE source_id = counted;
    INSERT INTO ivr.legacy_month_hours (month, did_id, week_hour, source_id,
        calls, abandoned, transferred, ended_in_ivr)
    SELECT k.month, e.did_id, k.week_hour, c.source_id,
           sum(c.calls), coalesce(sum(c.calls) FILTER (WHERE e.menu_abandoned), 0), sum(c.transferred),
           sum(c.ended_in_ivr)
    FROM ivr.legacy_hours c JOIN ivr.legacy_cells e ON e.cell_id = c.cell_id JOIN (
        SELECT bucket, source_id, date_trunc('month', at)::date AS month,
               ((extract(isodow FROM at)::integer - 1) * 24 + extract(hour FROM at)::integer)::smallint AS week_hour
        FROM (SELECT d.bucket, d.source_id, d.bucket AT TIME ZONE its_zone AS at
              FROM (SELECT DISTINCT bucket, source_id FROM ivr.legacy_hours WHERE source_id = counted) d) AS told
        OFFSET 0
    ) k ON k.bucket = c.bucket AND k.source_id = c.source_id
    GROUP BY 1, 2, 3, 4;
    DELETE FROM ivr.queue_month_hours WHERE source_id = counted;
    INSERT INTO ivr.queue_month_hours (month, cell_id, week_hour, source_id,
        offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open)
    SELECT k.month, c.cell_id, k.week_hour, c.source_id,
           sum(c.offered), sum(c.answered), sum(c.abandoned), sum(c.timed_out), sum(c.key_exits), sum(c.empty_exits),
           sum(c.withdrawn), sum(c.flowed_out), sum(c.open)
    FROM ivr.queue_hours c JOIN (
        SELECT bucket, source_id, date_trunc('month', at)::date AS month,
               ((extract(isodow FROM at)::integer - 1) * 24 + extract(hour FROM at)::integer)::smallint AS week_hour
        FROM (SELECT d.bucket, d.source_id, d.bucket AT TIME ZONE its_zone AS at
              FROM (SELECT DISTINCT bucket, source_id FROM ivr.queue_hours WHERE source_id = counted) d) AS told
        OFFSET 0
    ) k ON k.bucket = c.bucket AND k.source_id = c.source_id
    GROUP BY 1, 2, 3, 4;
END $$;
REVOKE ALL ON FUNCTION ivr.count_month_hours(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.count_month_hours(integer) TO iact_ivr;

-- The days of legacy_repeat_days of a calendar month added up.
CREATE TABLE ivr.legacy_repeat_months (
    month date NOT NULL,
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
    PRIMARY KEY (month, cell_id, source_id)
) WITH (fillfactor = 90);
CREATE FUNCTION ivr.add_legacy_repeat_months() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    sign CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO ivr.legacy_repeat_months AS m (month, cell_id, source_id,
        calls, ended_in_ivr, covered_1h, known_1h, repeated_1h, covered_24h, known_24h, repeated_24h, covered_7d,
        known_7d, repeated_7d, ended_known_24h, ended_repeated_24h)
    SELECT date_trunc('month', day)::date, cell_id, source_id,
           sign * sum(calls), sign * sum(ended_in_ivr), sign * sum(covered_1h), sign * sum(known_1h),
           sign * sum(repeated_1h), sign * sum(covered_24h), sign * sum(known_24h), sign * sum(repeated_24h),
           sign * sum(covered_7d), sign * sum(known_7d), sign * sum(repeated_7d), sign * sum(ended_known_24h),
           sign * sum(ended_repeated_24h)
    FROM changed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (month, cell_id, source_id) DO UPDATE SET
        calls = m.calls + excluded.calls, ended_in_ivr = m.ended_in_ivr + excluded.ended_in_ivr,
        covered_1h = m.covered_1h + excluded.covered_1h, known_1h = m.known_1h + excluded.known_1h,
        repeated_1h = m.repeated_1h + excluded.repeated_1h, covered_24h = m.covered_24h + excluded.covered_24h,
        known_24h = m.known_24h + excluded.known_24h, repeated_24h = m.repeated_24h + excluded.repeated_24h,
        covered_7d = m.covered_7d + excluded.covered_7d, known_7d = m.known_7d + excluded.known_7d,
        repeated_7d = m.repeated_7d + excluded.repeated_7d,
        ended_known_24h = m.ended_known_24h + excluded.ended_known_24h,
        ended_repeated_24h = m.ended_repeated_24h + excluded.ended_repeated_24h;
    RETURN NULL;
END $$;
CREATE TRIGGER add_to_repeat_months AFTER INSERT ON ivr.legacy_repeat_days
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_repeat_months();
CREATE TRIGGER take_from_repeat_months AFTER DELETE ON ivr.legacy_repeat_days
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_repeat_months();

-- Below, distributions are merged outside (services/ivr/totals.py). What has to be made is told here: while a row is here,
-- the rows stand in that it would be made of. `since` is a day or a month; `unit_id` is 0 but for days of legacy units.
CREATE TABLE ivr.totals_missing (
    rollup text NOT NULL CHECK (rollup IN ('legacy_days', 'legacy_menus', 'queue_days', 'queue_agents')),
    since date NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    PRIMARY KEY (rollup, since, unit_id, source_id)
);

-- The days of a unit, all DIDs together.
CREATE TABLE ivr.legacy_day_totals (
    day date NOT NULL,
    unit_id integer NOT NULL,
    menu_abandoned boolean NOT NULL,
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
    durations bytea NOT NULL,
    PRIMARY KEY (day, unit_id, menu_abandoned)
);
CREATE FUNCTION ivr.forget_legacy_day_total() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    -- Field by field: a whole row would bring its distribution along.
    changed_day CONSTANT date := CASE TG_OP WHEN 'DELETE' THEN OLD.day ELSE NEW.day END;
    unit CONSTANT integer := CASE TG_OP WHEN 'DELETE' THEN OLD.unit_id ELSE NEW.unit_id END;
    source CONSTANT smallint := CASE TG_OP WHEN 'DELETE' THEN OLD.source_id ELSE NEW.source_id END;
BEGIN
    IF NOT EXISTS (SELECT FROM ivr.totals_missing WHERE rollup = 'legacy_days' AND since = changed_day
                   AND unit_id = unit AND source_id = source) THEN
        DELETE FROM ivr.legacy_day_totals WHERE day = changed_day AND unit_id = unit;
        INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
        VALUES ('legacy_days', changed_day, unit, source) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_total AFTER INSERT OR UPDATE OR DELETE ON ivr.legacy_days_1
    FOR EACH ROW EXECUTE FUNCTION ivr.forget_legacy_day_total();

-- The months of a menu, all DIDs together.
CREATE TABLE ivr.legacy_menu_months (
    month date NOT NULL,
    menu_id integer NOT NULL,
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
    durations bytea NOT NULL,
    PRIMARY KEY (month, menu_id, source_id)
);
CREATE FUNCTION ivr.forget_legacy_menu_month() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    changed_month CONSTANT date := CASE TG_OP WHEN 'DELETE' THEN OLD.month ELSE NEW.month END;
    source CONSTANT smallint := CASE TG_OP WHEN 'DELETE' THEN OLD.source_id ELSE NEW.source_id END;
BEGIN
    IF NOT EXISTS (SELECT FROM ivr.totals_missing WHERE rollup = 'legacy_menus' AND since = changed_month
                   AND source_id = source) THEN
        DELETE FROM ivr.legacy_menu_months WHERE month = changed_month AND source_id = source;
        INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
        VALUES ('legacy_menus', changed_month, 0, source) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_menus AFTER INSERT OR UPDATE OR DELETE ON ivr.legacy_months_2
    FOR EACH ROW EXECUTE FUNCTION ivr.forget_legacy_menu_month();

-- The days of all queues together.
CREATE TABLE ivr.queue_day_totals (
    day date NOT NULL,
    LIKE ivr.queue_quarter_hours,
    PRIMARY KEY (day, source_id)
);
ALTER TABLE ivr.queue_day_totals DROP COLUMN bucket, DROP COLUMN cell_id;
-- As before, and the day's total goes.
CREATE OR REPLACE FUNCTION ivr.move_queue_days() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ivr.queue_day_versions AS v (source_id, day)
    SELECT DISTINCT source_id, day FROM changed ORDER BY source_id, day
    ON CONFLICT (source_id, day) DO UPDATE SET version = v.version + 1;
    INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
    SELECT DISTINCT 'queue_days', day, 0, source_id FROM changed WHERE grain = 1 ORDER BY day, source_id
    ON CONFLICT DO NOTHING;
    DELETE FROM ivr.queue_day_totals t USING (SELECT DISTINCT source_id, day FROM changed WHERE grain = 1) c
    WHERE t.source_id = c.source_id AND t.day = c.day;
    RETURN NULL;
END $$;

-- The months of an agent, all queues together (null: nobody answered).
CREATE TABLE ivr.queue_agent_months (
    month date NOT NULL,
    agent text,
    LIKE ivr.queue_quarter_hours,
    UNIQUE NULLS NOT DISTINCT (month, source_id, agent)
);
ALTER TABLE ivr.queue_agent_months DROP COLUMN bucket, DROP COLUMN cell_id;
CREATE FUNCTION ivr.forget_queue_agent_months() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
    SELECT DISTINCT 'queue_agents', month, 0, source_id FROM changed WHERE grain = 2 ORDER BY month, source_id
    ON CONFLICT DO NOTHING;
    DELETE FROM ivr.queue_agent_months t USING (SELECT DISTINCT source_id, month FROM changed WHERE grain = 2) c
    WHERE t.source_id = c.source_id AND t.month = c.month;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_agents_of_added AFTER INSERT ON ivr.queue_months
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.forget_queue_agent_months();
CREATE TRIGGER forget_agents_of_removed AFTER DELETE ON ivr.queue_months
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.forget_queue_agent_months();

-- All of a source anew: sums at once, totals by the job that makes what is missing. For the rows that there are already, and
-- for a person whom `iact doctor` has told of others; loads go on.
CREATE FUNCTION ivr.count_coarser(counted integer) RETURNS void
LANGUAGE plpgsql STRICT SET search_path = pg_catalog AS $$
BEGIN
    -- In the order in which loads take them.
    PERFORM ivr.count_month_hours(counted);
    LOCK TABLE ivr.legacy_repeat_days IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM ivr.legacy_repeat_months WHERE source_id = counted;
    INSERT INTO ivr.legacy_repeat_months (month, cell_id, source_id,
        calls, ended_in_ivr, covered_1h, known_1h, repeated_1h, covered_24h, known_24h, repeated_24h, covered_7d,
        known_7d, repeated_7d, ended_known_24h, ended_repeated_24h)
    SELECT date_trunc('month', day)::date, cell_id, source_id,
           sum(calls), sum(ended_in_ivr), sum(covered_1h), sum(known_1h), sum(repeated_1h), sum(covered_24h),
           sum(known_24h), sum(repeated_24h), sum(covered_7d), sum(known_7d), sum(repeated_7d), sum(ended_known_24h),
           sum(ended_repeated_24h)
    FROM ivr.legacy_repeat_days WHERE source_id = counted GROUP BY 1, 2, 3;
    -- Told as missing first: whoever makes one meanwhile holds its row, and it is seen below.
    INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
    SELECT DISTINCT 'legacy_days', day, unit_id, source_id FROM ivr.legacy_days WHERE grain = 1 AND source_id = counted
    UNION ALL
    SELECT DISTINCT 'legacy_menus', month, 0, source_id FROM ivr.legacy_months WHERE grain = 2 AND source_id = counted
    UNION ALL
    SELECT DISTINCT 'queue_days', day, 0, source_id FROM ivr.queue_days WHERE grain = 1 AND source_id = counted
    UNION ALL
    SELECT DISTINCT 'queue_agents', month, 0, source_id FROM ivr.queue_months WHERE grain = 2 AND source_id = counted
    ON CONFLICT DO NOTHING;
    DELETE FROM ivr.legacy_day_totals WHERE source_id = counted;
    DELETE FROM ivr.legacy_menu_months WHERE source_id = counted;
    DELETE FROM ivr.queue_day_totals WHERE source_id = counted;
    DELETE FROM ivr.queue_agent_months WHERE source_id = counted;
    UPDATE ivr.data_versions SET version = version + 1, updated_at = now() WHERE source_id = counted;
END $$;
REVOKE ALL ON FUNCTION ivr.count_coarser(integer) FROM PUBLIC;
SELECT ivr.count_coarser(source_id) FROM ivr.sources;

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.legacy_month_hours, ivr.queue_month_hours, ivr.legacy_repeat_months,
    ivr.legacy_day_totals, ivr.legacy_menu_months, ivr.queue_day_totals, ivr.queue_agent_months, ivr.totals_missing
    TO iact_ivr;

-- The border.
CREATE OR REPLACE VIEW ivr.rollups_v1 AS
SELECT s.source, coalesce(r.complete, true) AND NOT EXISTS (
    SELECT FROM ivr.units u WHERE u.source_id = s.source_id AND u.digest IS NOT NULL
        AND u.rolled_up_at IS DISTINCT FROM u.published_at) AS complete,
    -- Whether hours of months are counted by the clock of the source; one without a row has none to count.
    coalesce(z.zone = s.zone, true) AS month_hours_fit
FROM ivr.sources s LEFT JOIN ivr.rollup_states r USING (source_id)
LEFT JOIN ivr.month_hours_zones z USING (source_id);

CREATE VIEW ivr.legacy_month_hours_v1 AS
SELECT r.month, r.week_hour / 24 + 1 AS weekday, r.week_hour % 24 AS hour, s.source, d.did, d.segment,
       r.calls, r.abandoned, r.transferred, r.ended_in_ivr
FROM ivr.legacy_month_hours r
LEFT JOIN ivr.dids d ON d.did_id = r.did_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id
WHERE r.calls > 0;

CREATE VIEW ivr.queue_month_hours_v1 AS
SELECT r.month, r.week_hour / 24 + 1 AS weekday, r.week_hour % 24 AS hour, s.source, k.queue,
       r.offered, r.answered, r.abandoned, r.timed_out, r.key_exits, r.empty_exits, r.withdrawn, r.flowed_out, r.open
FROM ivr.queue_month_hours r
LEFT JOIN ivr.queue_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id
WHERE r.offered > 0;

CREATE VIEW ivr.legacy_repeat_months_v1 AS
SELECT r.month, s.source, d.did, d.segment, m.menu, m.menu_kind, m.menu_abandoned, m.menu_goal,
       r.calls, r.ended_in_ivr, r.covered_1h, r.known_1h, r.repeated_1h, r.covered_24h, r.known_24h, r.repeated_24h,
       r.covered_7d, r.known_7d, r.repeated_7d, r.ended_known_24h, r.ended_repeated_24h
FROM ivr.legacy_repeat_months r
LEFT JOIN ivr.legacy_cells k ON k.cell_id = r.cell_id
LEFT JOIN ivr.dids d ON d.did_id = k.did_id
LEFT JOIN ivr.menus m ON m.menu_id = k.menu_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id
WHERE r.calls > 0;

-- As legacy_days_v1 of grain 1, without DIDs where they are not needed.
CREATE VIEW ivr.legacy_day_totals_v1 AS
SELECT 1::smallint AS grain, r.day, s.source, NULL::text AS did, NULL::text AS segment, NULL::text AS menu,
       NULL::text AS menu_kind, r.menu_abandoned, NULL::boolean AS menu_goal, NULL::text AS option, NULL::text AS centre,
       NULL::text AS centre_kind, r.calls, CASE WHEN r.menu_abandoned THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       CASE WHEN extract(isodow FROM r.day) <= 5 THEN r.calls ELSE 0 END AS weekday_calls,
       CASE WHEN extract(isodow FROM r.day) > 5 THEN r.calls ELSE 0 END AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM (
    SELECT day, menu_abandoned, source_id,
           calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times,
           duration_n, duration_s_total, duration_s_max, durations
    FROM ivr.legacy_day_totals
    UNION ALL
    SELECT d.day, k.menu_abandoned, d.source_id,
           d.calls, d.transferred, d.ended_in_ivr, d.no_typed_line, d.same_line, d.different_line, d.menu_errors,
           d.swapped_times, d.duration_n, d.duration_s_total, d.duration_s_max, d.durations
    FROM ivr.totals_missing x
    JOIN ivr.legacy_days d ON d.day = x.since AND d.unit_id = x.unit_id AND d.source_id = x.source_id
    LEFT JOIN ivr.legacy_cells k ON k.cell_id = d.cell_id
    WHERE x.rollup = 'legacy_days' AND d.grain = 1
) r
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

-- As legacy_months_v1 of grain 2, without DIDs where they are not needed.
CREATE VIEW ivr.legacy_menu_months_v1 AS
SELECT 2::smallint AS grain, r.month, s.source, NULL::text AS did, NULL::text AS segment, m.menu, m.menu_kind,
       m.menu_abandoned, m.menu_goal, NULL::text AS option, NULL::text AS centre, NULL::text AS centre_kind,
       r.calls, CASE WHEN m.menu_abandoned THEN r.calls ELSE 0 END AS abandoned,
       r.transferred, r.ended_in_ivr, r.no_typed_line, r.same_line, r.different_line, r.menu_errors, r.swapped_times,
       r.weekday_calls, r.calls - r.weekday_calls AS weekend_calls,
       r.duration_n, r.duration_s_total, r.duration_s_max, r.durations
FROM (
    SELECT month, menu_id, source_id,
           calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times,
           weekday_calls, duration_n, duration_s_total, duration_s_max, durations
    FROM ivr.legacy_menu_months
    UNION ALL
    SELECT d.month, k.menu_id, d.source_id,
           d.calls, d.transferred, d.ended_in_ivr, d.no_typed_line, d.same_line, d.different_line, d.menu_errors,
           d.swapped_times, d.weekday_calls, d.duration_n, d.duration_s_total, d.duration_s_max, d.durations
    FROM ivr.totals_missing x
    JOIN ivr.legacy_months d ON d.month = x.since AND d.source_id = x.source_id
    LEFT JOIN ivr.legacy_cells k ON k.cell_id = d.cell_id
    WHERE x.rollup = 'legacy_menus' AND d.grain = 2
) r
LEFT JOIN ivr.menus m ON m.menu_id = r.menu_id
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

-- As queue_days_v1 of grain 1, without queues where they are not needed.
CREATE VIEW ivr.queue_day_totals_v1 AS
SELECT s.source, NULL::text AS queue, NULL::text AS agent, 1::smallint AS grain, r.day,
       r.offered, r.answered, r.abandoned, r.timed_out, r.key_exits, r.empty_exits, r.withdrawn, r.flowed_out, r.open,
       r.transfers, r.ring_no_answer, r.wait_n, r.wait_s_total, r.wait_s_max, r.wait_answered_n,
       r.wait_answered_s_total, r.queued_n, r.talk_n, r.talk_s_total, r.duration_n, r.duration_s_total,
       r.duration_s_max, r.waits_answered, r.waits_abandoned, r.waits_other, r.talks, r.durations
FROM (
    SELECT day, source_id,
           offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
           ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n, talk_n,
           talk_s_total, duration_n, duration_s_total, duration_s_max, waits_answered, waits_abandoned, waits_other,
           talks, durations
    FROM ivr.queue_day_totals
    UNION ALL
    SELECT d.day, d.source_id,
           d.offered, d.answered, d.abandoned, d.timed_out, d.key_exits, d.empty_exits, d.withdrawn, d.flowed_out,
           d.open, d.transfers, d.ring_no_answer, d.wait_n, d.wait_s_total, d.wait_s_max, d.wait_answered_n,
           d.wait_answered_s_total, d.queued_n, d.talk_n, d.talk_s_total, d.duration_n, d.duration_s_total,
           d.duration_s_max, d.waits_answered, d.waits_abandoned, d.waits_other, d.talks, d.durations
    FROM ivr.totals_missing x
    JOIN ivr.queue_days d ON d.day = x.since AND d.source_id = x.source_id
    WHERE x.rollup = 'queue_days' AND d.grain = 1
) r
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

-- As queue_months_v1 of grain 2, without queues where they are not needed.
CREATE VIEW ivr.queue_agent_months_v1 AS
SELECT s.source, NULL::text AS queue, r.agent, 2::smallint AS grain, r.month,
       r.offered, r.answered, r.abandoned, r.timed_out, r.key_exits, r.empty_exits, r.withdrawn, r.flowed_out, r.open,
       r.transfers, r.ring_no_answer, r.wait_n, r.wait_s_total, r.wait_s_max, r.wait_answered_n,
       r.wait_answered_s_total, r.queued_n, r.talk_n, r.talk_s_total, r.duration_n, r.duration_s_total,
       r.duration_s_max, r.waits_answered, r.waits_abandoned, r.waits_other, r.talks, r.durations
FROM (
    SELECT month, agent, source_id,
           offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
           ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n, talk_n,
           talk_s_total, duration_n, duration_s_total, duration_s_max, waits_answered, waits_abandoned, waits_other,
           talks, durations
    FROM ivr.queue_agent_months
    UNION ALL
    SELECT d.month, k.agent, d.source_id,
           d.offered, d.answered, d.abandoned, d.timed_out, d.key_exits, d.empty_exits, d.withdrawn, d.flowed_out,
           d.open, d.transfers, d.ring_no_answer, d.wait_n, d.wait_s_total, d.wait_s_max, d.wait_answered_n,
           d.wait_answered_s_total, d.queued_n, d.talk_n, d.talk_s_total, d.duration_n, d.duration_s_total,
           d.duration_s_max, d.waits_answered, d.waits_abandoned, d.waits_other, d.talks, d.durations
    FROM ivr.totals_missing x
    JOIN ivr.queue_months d ON d.month = x.since AND d.source_id = x.source_id
    LEFT JOIN ivr.queue_cells k ON k.cell_id = d.cell_id
    WHERE x.rollup = 'queue_agents' AND d.grain = 2
) r
LEFT JOIN ivr.sources s ON s.source_id = r.source_id;

GRANT SELECT ON ivr.legacy_month_hours_v1, ivr.queue_month_hours_v1, ivr.legacy_repeat_months_v1,
    ivr.legacy_day_totals_v1, ivr.legacy_menu_months_v1, ivr.queue_day_totals_v1, ivr.queue_agent_months_v1
    TO iact_analytics, iact_ivr;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'legacy_month_hours', 'queue_month_hours', 'legacy_repeat_months', 'legacy_day_totals', 'legacy_menu_months',
        'queue_day_totals', 'queue_agent_months', 'totals_missing'] LOOP
        EXECUTE format('ALTER TABLE ivr.%I SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)', part);
    END LOOP;
END $$;
