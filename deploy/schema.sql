-- The schema after every migration, for reading; made by tests/shared/test_schema.py, never run.

CREATE SCHEMA analytics;

CREATE SCHEMA audit;

CREATE SCHEMA dora;

CREATE SCHEMA ivr;

CREATE SCHEMA sessions;

CREATE FUNCTION analytics.groups_v1() RETURNS TABLE(code text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT g.code, g.name FROM sessions.groups AS g WHERE g.active ORDER BY g.code
$$;

CREATE FUNCTION analytics.person_named_v1(name text) RETURNS TABLE(user_id bigint, username text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT u.user_id, u.username FROM sessions.users AS u WHERE u.username = lower(name) AND u.state = 'active'
$$;

CREATE FUNCTION analytics.person_v1(person bigint) RETURNS TABLE(user_id bigint, username text, segment text, functions text[], groups text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

CREATE FUNCTION audit.make_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit'
    SET lock_timeout TO '2s'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    name text;
    made integer := 0;

BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit.make_partitions'));
    FOR ahead IN 0 .. least(months_ahead, 24) LOOP
        since := date_trunc('month', now()) + make_interval(months => ahead);
        until := since + interval '1 month';
        name := 'events_' || to_char(since, 'YYYY_MM');
        CONTINUE WHEN to_regclass(format('audit.%I', name)) IS NOT NULL
            OR EXISTS (SELECT FROM audit.events_rest WHERE at >= since AND at < until);
        -- Made apart and attached: that does not wait for those who are writing, as PARTITION OF would.
        EXECUTE format('CREATE TABLE audit.%I (LIKE audit.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        EXECUTE format('ALTER TABLE audit.events ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
                       name, since, until);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT'
                       ' EXECUTE FUNCTION audit.refuse_change()', name || '_no_truncate', name);
        made := made + 1;
    END LOOP;
    RETURN made;

END
$$;

CREATE FUNCTION audit.masked(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'audit'
    AS $$
    SELECT CASE jsonb_typeof(value)
        WHEN 'string' THEN to_jsonb(regexp_replace(regexp_replace(
            value #>> '{}', 'iact_(pat|dsp)_[A-Za-z0-9_-]+', '[token]', 'g'), '\d{10,}', '[number]', 'g'))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(audit.masked(item) ORDER BY place), '[]')
                           FROM jsonb_array_elements(value) WITH ORDINALITY AS each (item, place))
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(key, audit.masked(item)), '{}')
                            FROM jsonb_each(value) AS each (key, item))
        ELSE value
    END
$$;

CREATE FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit'
    AS $$
    WITH added AS (
        INSERT INTO audit.events (service, event, actor_id, target_kind, target_id, request_id, address, details)
        VALUES (
            -- `role` survives SECURITY DEFINER; a service that logs in as itself has role "none".
            regexp_replace(
                CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END,
                '^iact_', ''
            ),
            event, actor_id, target_kind, target_id, request_id, address,
            CASE WHEN details::text ~ 'iact_(pat|dsp)_|\d{10}' THEN audit.masked(details) ELSE coalesce(details, '{}') END
        )
        RETURNING event_id, at
    )
    INSERT INTO audit.unsealed (event_id, at) SELECT added.event_id, added.at FROM added RETURNING event_id
$$;

CREATE FUNCTION audit.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'insufficient_privilege';

END
$$;

CREATE FUNCTION audit.seal(events_max integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit'
    AS $$
DECLARE
    place bigint;
    link bytea;
    moment timestamptz;
    waiting record;
    sealed integer := 0;

BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('audit.seal')) THEN
        RETURN NULL;
    END IF;
    -- A statement of its own after the lock: it must see what the sealer before committed.
    SELECT position, hash INTO place, link FROM audit.seals ORDER BY position DESC LIMIT 1;
    IF NOT FOUND THEN
        place := 0;
        link := sha256(convert_to('iact audit chain ' || (SELECT chain_id FROM audit.chain), 'UTF8'));
    END IF;
    FOR waiting IN
        WITH taken AS (
            DELETE FROM audit.unsealed
            WHERE event_id IN (SELECT event_id FROM audit.unsealed ORDER BY event_id LIMIT events_max)
            RETURNING event_id, at
        )
        -- An event that vanished before it was sealed leaves a seal without an event: verification names it.
        SELECT taken.event_id, taken.at, e.service, e.event, e.actor_id, e.target_kind, e.target_id, e.request_id,
               e.address, e.details
        FROM taken LEFT JOIN audit.events AS e ON e.event_id = taken.event_id AND e.at = taken.at
        ORDER BY taken.event_id
    LOOP
        place := place + 1;
        moment := clock_timestamp();
        -- The same text as in sql/chain_page.sql, which does not trust this function.
        link := sha256(link || convert_to(jsonb_build_array(
            place, waiting.event_id, (extract(epoch FROM waiting.at) * 1000000)::bigint,
            (extract(epoch FROM moment) * 1000000)::bigint, waiting.service, waiting.event, waiting.actor_id,
            waiting.target_kind, waiting.target_id, waiting.request_id, waiting.address::text, waiting.details
        )::text, 'UTF8'));
        INSERT INTO audit.seals (position, event_id, at, sealed_at, hash)
        VALUES (place, waiting.event_id, waiting.at, moment, link);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;

END
$$;

CREATE FUNCTION ivr.add_legacy_month_hours() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.add_legacy_repeat_months() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.add_queue_month_hours() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.call_leg_hashes(source smallint) RETURNS TABLE(leg_id bigint, caller_id bigint, started_at timestamp with time zone, ended_at timestamp with time zone, hash bigint, source_table text, "position" bigint, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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
       ), 16))::bit(64)::bigint,
       l.source_table, l.position, concat_ws(' ', l.linked_id, l.unique_id, l.disposition)
FROM ivr.call_legs l
WHERE l.source_id = source
$$;

CREATE FUNCTION ivr.call_step_hashes(source smallint) RETURNS TABLE(step_id bigint, at timestamp with time zone, hash bigint, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT t.step_id, t.at,
       ('x' || left(md5(
           int8send(t.step_id) || int8send(t.caller_id) || int4send(t.number) || timestamptz_send(t.at)
           || coalesce(timestamptz_send(t.left_at), '\xff')
           || convert_to(concat_ws(chr(31), t.linked_id, t.unique_id, coalesce(t.context, chr(30)),
                                   coalesce(t.exten, chr(30)), t.menu, t.app, coalesce(t.digit, chr(30)), t.ended),
                         'UTF8')
       ), 16))::bit(64)::bigint,
       concat_ws(' ', t.linked_id, t.menu, t.ended)
FROM ivr.call_steps t
WHERE t.source_id = source
$$;

CREATE FUNCTION ivr.calls_kept_since() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT (max(month) + interval '1 month') AT TIME ZONE 'UTC' FROM ivr.removed_months $$;

CREATE FUNCTION ivr.count_coarser(counted integer) RETURNS void
    LANGUAGE plpgsql STRICT
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.count_month_hours(counted integer) RETURNS void
    LANGUAGE plpgsql STRICT
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.ensure_month(parent text, month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
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
    PERFORM ivr.settle_month(part);
    EXECUTE format('ALTER TABLE ivr.%I ATTACH PARTITION ivr.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
                   since::timestamp AT TIME ZONE 'UTC', (since + interval '1 month')::timestamp AT TIME ZONE 'UTC');

END $$;

CREATE FUNCTION ivr.forget_legacy_day_total() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.forget_legacy_menu_month() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.forget_queue_agent_months() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    INSERT INTO ivr.totals_missing (rollup, since, unit_id, source_id)
    SELECT DISTINCT 'queue_agents', month, 0, source_id FROM changed WHERE grain = 2 ORDER BY month, source_id
    ON CONFLICT DO NOTHING;
    DELETE FROM ivr.queue_agent_months t USING (SELECT DISTINCT source_id, month FROM changed WHERE grain = 2) c
    WHERE t.source_id = c.source_id AND t.month = c.month;
    RETURN NULL;

END $$;

CREATE FUNCTION ivr.index_month() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    part text;

BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('ivr.index_month')) THEN
        RETURN NULL;
    END IF;
    SELECT c.relname INTO part FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'ivr.legacy_calls'::regclass AND pg_relation_size(c.oid) > 0
      AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid)
    ORDER BY c.relname LIMIT 1;
    IF part IS NOT NULL THEN
        EXECUTE format('CREATE INDEX %I ON ivr.%I USING brin (started_at) WITH (pages_per_range = 32)',
                       part || '_started_at_idx', part);
    END IF;
    RETURN part;

END $$;

CREATE FUNCTION ivr.is_plain(told text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
SELECT told COLLATE "C" ~ '^(?:[0-9A-Za-z\u00c0-\u024f](?:[ !#-%''-:=?-\u005b\u005d-{}~\u00c0-\u024f]*[!#-%''-:=?-\u005b\u005d-{}~\u00c0-\u024f])?)?$'
    AND strpos(told, '_x') = 0 AND length(told) <= 2000
$_$;

CREATE FUNCTION ivr.legacy_call_hashes(source smallint) RETURNS TABLE(unit_id integer, call_id bigint, started_at timestamp with time zone, segment text, hash bigint, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

CREATE FUNCTION ivr.legacy_cell_calls(units integer[], grains smallint[]) RETURNS TABLE(grain smallint, cell_id integer, unit_id integer, source_id smallint, started_at timestamp with time zone, day date, line_kind smallint, swapped boolean, menu_kind text, centre_kind text, duration_s integer)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

CREATE FUNCTION ivr.move_queue_days() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION ivr.queue_call_hashes(source smallint) RETURNS TABLE(call_id bigint, entered_at timestamp with time zone, queue text, hash bigint, description text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
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

CREATE FUNCTION ivr.refuse_uncounted_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RAISE EXCEPTION '% of ivr.% would leave the rollups made of it wrong; delete its rows and insert them anew',
        TG_OP, TG_TABLE_NAME;

END $$;

CREATE FUNCTION ivr.settle_month(part text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    EXECUTE format('ALTER TABLE ivr.%I SET (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_scale_factor = 0.05,
        autovacuum_analyze_scale_factor = 0.05)', part);

END $$;

CREATE FUNCTION ivr.share_month_hours_zones(sources smallint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    INSERT INTO ivr.month_hours_zones (source_id, zone)
    SELECT s.source_id, s.zone FROM ivr.sources s WHERE s.source_id = ANY (sources)
        AND NOT EXISTS (SELECT FROM ivr.month_hours_zones z WHERE z.source_id = s.source_id)
    ON CONFLICT DO NOTHING;
    PERFORM FROM ivr.month_hours_zones WHERE source_id = ANY (sources) ORDER BY source_id FOR SHARE;

END $$;

CREATE FUNCTION ivr.sketch_entries(sketch bytea) RETURNS TABLE(code integer, n bigint)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT get_byte(sketch, 6 * i) * 256 + get_byte(sketch, 6 * i + 1),
       get_byte(sketch, 6 * i + 2)::bigint * 16777216 + get_byte(sketch, 6 * i + 3) * 65536
       + get_byte(sketch, 6 * i + 4) * 256 + get_byte(sketch, 6 * i + 5)
FROM generate_series(0, length(sketch) / 6 - 1) AS i $$;

CREATE FUNCTION ivr.sketch_entry(code integer, n bigint) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT substr(int4send(code), 3) || int4send(n::integer) $$;

CREATE FUNCTION ivr.value_code(seconds double precision) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT CASE
    WHEN seconds > 3600 THEN 20000 + least(floor((seconds - 3600) / 60)::int, 45535)
    WHEN seconds = floor(seconds) THEN seconds::int
    WHEN seconds >= 50 THEN 12000 + floor(seconds)::int
    ELSE 4000 + 64 * floor(seconds)::int
        + floor((seconds - floor(seconds)) * ceil(50 / (floor(seconds) + 1)))::int
END $$;

CREATE FUNCTION sessions.announce_all() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('iact_revocations', '{"type": "all"}');
    RETURN NULL;

END
$$;

CREATE FUNCTION sessions.announce_secret() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('iact_revocations',
                      json_build_object('type', 'revoked', 'key', encode(NEW.token_hash, 'hex'))::text);
    RETURN NULL;

END
$$;

CREATE FUNCTION sessions.announce_user() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('iact_revocations', json_build_object('type', 'user', 'user_id', NEW.user_id::text)::text);
    RETURN NULL;

END
$$;

CREATE FUNCTION sessions.effective_functions(person bigint) RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(held.function_code ORDER BY held.function_code), '{}')
        FROM (
            SELECT gf.function_code
            FROM sessions.user_groups AS ug
            JOIN sessions.groups AS g ON g.code = ug.group_code AND g.active
            JOIN sessions.group_functions AS gf ON gf.group_code = ug.group_code
            WHERE ug.user_id = person AND ug.revoked_at IS NULL AND (ug.expires_at IS NULL OR ug.expires_at > now())
            UNION
            SELECT e.function_code
            FROM sessions.user_exceptions AS e
            WHERE e.user_id = person AND e.effect = 'grant' AND e.revoked_at IS NULL AND e.expires_at > now()
            EXCEPT
            SELECT e.function_code
            FROM sessions.user_exceptions AS e
            WHERE e.user_id = person AND e.effect = 'revoke' AND e.revoked_at IS NULL AND e.expires_at > now()
        ) AS held
    );

END
$$;

CREATE FUNCTION sessions.functions_end(person bigint) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(min(held.expires_at), 'infinity')
    FROM (
        SELECT ug.expires_at
        FROM sessions.user_groups AS ug
        WHERE ug.user_id = person AND ug.revoked_at IS NULL AND ug.expires_at > now()
        UNION ALL
        SELECT e.expires_at
        FROM sessions.user_exceptions AS e
        WHERE e.user_id = person AND e.revoked_at IS NULL AND e.expires_at > now()
    ) AS held
$$;

CREATE FUNCTION sessions.keep_functions(people bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM 1 FROM sessions.users AS u WHERE u.user_id = ANY (people) ORDER BY u.user_id FOR NO KEY UPDATE;
    UPDATE sessions.users AS u
    SET functions = found.functions, functions_until = found.functions_until
    FROM (
        SELECT person, sessions.effective_functions(person) AS functions, sessions.functions_end(person) AS functions_until
        FROM unnest(people) AS person
    ) AS found
    WHERE u.user_id = found.person
      AND (u.functions, u.functions_until) IS DISTINCT FROM (found.functions, found.functions_until);

END
$$;

CREATE FUNCTION sessions.keep_functions_of_groups() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sessions.catalogue'));
    IF TG_TABLE_NAME = 'groups' THEN
        PERFORM sessions.keep_functions(ARRAY(
            SELECT DISTINCT ug.user_id FROM sessions.user_groups AS ug
            JOIN changed ON changed.code = ug.group_code WHERE ug.revoked_at IS NULL
        ));
    ELSE
        PERFORM sessions.keep_functions(ARRAY(
            SELECT DISTINCT ug.user_id FROM sessions.user_groups AS ug
            JOIN changed ON changed.group_code = ug.group_code WHERE ug.revoked_at IS NULL
        ));
    END IF;
    RETURN NULL;

END
$$;

CREATE FUNCTION sessions.keep_functions_of_people() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('sessions.catalogue'));
    PERFORM sessions.keep_functions(ARRAY(SELECT DISTINCT changed.user_id FROM changed));
    RETURN NULL;

END
$$;

CREATE TABLE analytics.alert_rules (
    rule_id bigint NOT NULL,
    user_id bigint NOT NULL,
    owner text NOT NULL,
    group_code text,
    name text NOT NULL,
    severity text NOT NULL,
    definition jsonb NOT NULL,
    cooldown_s integer NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    detail text,
    failures integer DEFAULT 0 NOT NULL,
    seen text,
    value double precision,
    evaluated_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    value_segment text,
    CONSTRAINT alert_rules_cooldown_s_check CHECK ((cooldown_s >= 0)),
    CONSTRAINT alert_rules_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))),
    CONSTRAINT alert_rules_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text])))
);

ALTER TABLE analytics.alert_rules ALTER COLUMN rule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.alert_rules_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.alert_subscriptions (
    rule_id bigint NOT NULL,
    user_id bigint NOT NULL,
    min_severity text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT alert_subscriptions_min_severity_check CHECK ((min_severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);

CREATE TABLE analytics.alerts (
    alert_id bigint NOT NULL,
    rule_id bigint NOT NULL,
    rule_name text NOT NULL,
    user_id bigint NOT NULL,
    group_code text,
    severity text NOT NULL,
    definition jsonb NOT NULL,
    segment text,
    value double precision,
    reference double precision,
    since timestamp with time zone,
    until timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    note text
);

ALTER TABLE analytics.alerts ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.alerts_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.exports (
    export_id bigint NOT NULL,
    user_id bigint NOT NULL,
    schedule_id bigint,
    idempotency_key text,
    kind text NOT NULL,
    format text NOT NULL,
    name text NOT NULL,
    request jsonb NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    rows_done bigint DEFAULT 0 NOT NULL,
    rows_total bigint,
    bytes bigint,
    detail text,
    segment text,
    data_as_of timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    expires_at timestamp with time zone,
    schedule_told boolean DEFAULT false NOT NULL,
    CONSTRAINT exports_format_check CHECK ((format = ANY (ARRAY['csv'::text, 'xlsx'::text, 'pdf'::text]))),
    CONSTRAINT exports_kind_check CHECK ((kind = ANY (ARRAY['report'::text, 'query'::text, 'calls'::text]))),
    CONSTRAINT exports_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE analytics.exports ALTER COLUMN export_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.exports_export_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.messages (
    message_id bigint NOT NULL,
    user_id bigint NOT NULL,
    kind text NOT NULL,
    about bigint NOT NULL,
    severity text NOT NULL,
    es text NOT NULL,
    en text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT messages_kind_check CHECK ((kind = ANY (ARRAY['alert'::text, 'alert_rule'::text, 'schedule'::text]))),
    CONSTRAINT messages_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
);

ALTER TABLE analytics.messages ALTER COLUMN message_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.messages_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.schedules (
    schedule_id bigint NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    request jsonb NOT NULL,
    state text NOT NULL,
    detail text,
    failures integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schedules_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])))
);

ALTER TABLE analytics.schedules ALTER COLUMN schedule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.schedules_schedule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.view_shares (
    share_id bigint NOT NULL,
    view_id bigint NOT NULL,
    user_id bigint,
    username text,
    group_code text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT view_shares_check CHECK ((((user_id IS NULL) = (username IS NULL)) AND ((user_id IS NULL) <> (group_code IS NULL))))
);

ALTER TABLE analytics.view_shares ALTER COLUMN share_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.view_shares_share_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE analytics.views (
    view_id bigint NOT NULL,
    user_id bigint NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    question jsonb,
    display jsonb NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE analytics.views ALTER COLUMN view_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME analytics.views_view_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.chain (
    chain_id uuid DEFAULT gen_random_uuid() NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE audit.events (
    event_id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    service text NOT NULL,
    event text NOT NULL,
    actor_id bigint,
    target_kind text,
    target_id text,
    request_id text,
    address inet,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT events_event_check CHECK ((event ~ '^[A-Z][A-Z0-9_]{2,63}$'::text))
)
PARTITION BY RANGE (at);

ALTER TABLE audit.events ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.events_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.events_rest (
    event_id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    service text NOT NULL,
    event text NOT NULL,
    actor_id bigint,
    target_kind text,
    target_id text,
    request_id text,
    address inet,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT events_event_check CHECK ((event ~ '^[A-Z][A-Z0-9_]{2,63}$'::text))
);

CREATE TABLE audit.seals (
    "position" bigint NOT NULL,
    event_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT seals_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT seals_position_check CHECK (("position" > 0))
);

CREATE TABLE audit.unsealed (
    event_id bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE dora.deployments (
    deployment_id bigint NOT NULL,
    source text NOT NULL,
    service text NOT NULL,
    environment text NOT NULL,
    external_id text,
    version text,
    commit_sha text,
    repository text,
    status text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    deployed_at timestamp with time zone,
    time_quality text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    planned boolean,
    fixes text,
    entity_key text,
    team text,
    rolled_back_at timestamp with time zone,
    components jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT deployments_check CHECK (((deployed_at IS NOT NULL) = (status = ANY (ARRAY['success'::text, 'rolled_back'::text])))),
    CONSTRAINT deployments_commit_sha_check CHECK ((commit_sha ~ '^[0-9a-f]{7,64}$'::text)),
    CONSTRAINT deployments_status_check CHECK ((status = ANY (ARRAY['in_progress'::text, 'success'::text, 'failed'::text, 'canceled'::text, 'rolled_back'::text]))),
    CONSTRAINT deployments_time_quality_check CHECK ((time_quality = ANY (ARRAY['exact'::text, 'started'::text, 'received'::text])))
);

ALTER TABLE dora.deployments ALTER COLUMN deployment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dora.deployments_deployment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dora.events (
    event_id bigint NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    sender text NOT NULL,
    idempotency_key text,
    body bytea NOT NULL,
    body_sha256 bytea GENERATED ALWAYS AS (sha256(body)) STORED NOT NULL,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT events_kind_check CHECK ((kind ~ '^[a-z][a-z0-9_.-]{0,60}$'::text)),
    CONSTRAINT events_source_check CHECK ((source ~ '^[a-z][a-z0-9_-]{0,30}$'::text))
);

ALTER TABLE dora.events ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dora.events_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dora.incidents (
    incident_id bigint NOT NULL,
    entity_key text NOT NULL,
    source text NOT NULL,
    service text,
    environment text NOT NULL,
    external_id text NOT NULL,
    title text,
    status text NOT NULL,
    detected_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    caused_by text,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT incidents_check CHECK (((status <> 'open'::text) OR (resolved_at IS NULL))),
    CONSTRAINT incidents_status_check CHECK ((status = ANY (ARRAY['open'::text, 'resolved'::text, 'dismissed'::text])))
);

ALTER TABLE dora.incidents ALTER COLUMN incident_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dora.incidents_incident_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dora.pull_requests (
    entity_key text NOT NULL,
    repository text NOT NULL,
    number integer NOT NULL,
    head_sha text NOT NULL,
    merge_sha text,
    merged_at timestamp with time zone,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    branch text,
    CONSTRAINT pull_requests_head_sha_check CHECK ((head_sha ~ '^[0-9a-f]{7,64}$'::text)),
    CONSTRAINT pull_requests_number_check CHECK ((number > 0))
);

CREATE TABLE dora.readings (
    event_id bigint NOT NULL,
    outcome text NOT NULL,
    reason text,
    rules text DEFAULT ''::text NOT NULL,
    CONSTRAINT readings_check CHECK (((reason IS NULL) = (outcome = 'recorded'::text))),
    CONSTRAINT readings_outcome_check CHECK ((outcome = ANY (ARRAY['recorded'::text, 'irrelevant'::text, 'not_understood'::text])))
);

CREATE TABLE dora.repositories (
    repository_id bigint NOT NULL,
    name text NOT NULL,
    path text NOT NULL,
    service text,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    asked_at timestamp with time zone DEFAULT clock_timestamp(),
    looked_at timestamp with time zone,
    synced_at timestamp with time zone,
    problem text,
    refs_sha256 text,
    CONSTRAINT repositories_check CHECK (((tags = '{}'::text[]) OR (service IS NOT NULL)))
);

ALTER TABLE dora.repositories ALTER COLUMN repository_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dora.repositories_repository_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dora.rules (
    version text NOT NULL,
    rules jsonb NOT NULL,
    reading text NOT NULL,
    first_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE dora.tellings (
    event_id bigint NOT NULL,
    place smallint NOT NULL,
    kind text NOT NULL,
    entity_key text NOT NULL,
    told jsonb NOT NULL,
    CONSTRAINT tellings_kind_check CHECK ((kind = ANY (ARRAY['deployment'::text, 'incident'::text, 'pull_request'::text]))),
    CONSTRAINT tellings_place_check CHECK ((place >= 0))
);

CREATE TABLE dora.unread (
    event_id bigint NOT NULL
);

CREATE TABLE ivr.agent_events (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    agent text NOT NULL,
    verb text NOT NULL,
    queue text NOT NULL,
    reason text NOT NULL,
    signed_in_s double precision
);

CREATE TABLE ivr.agent_spans (
    source_id smallint NOT NULL,
    agent text NOT NULL,
    queue text,
    kind text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    settled_at timestamp with time zone,
    CONSTRAINT agent_spans_check CHECK ((until >= since)),
    CONSTRAINT agent_spans_kind_check CHECK ((kind = ANY (ARRAY['signed_in'::text, 'paused'::text])))
);

CREATE TABLE ivr.sources (
    source_id smallint NOT NULL,
    source text NOT NULL,
    kind text NOT NULL,
    zone text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sources_kind_check CHECK ((kind = ANY (ARRAY['legacy'::text, 'asterisk'::text])))
);

CREATE VIEW ivr.agent_spans_v1 AS
 SELECT s.source,
    a.agent,
    a.queue,
    a.kind,
    a.reason,
    a.since,
    a.until
   FROM (ivr.agent_spans a
     JOIN ivr.sources s ON ((s.source_id = a.source_id)));

CREATE TABLE ivr.call_legs (
    leg_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    sequence bigint,
    started_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    duration_s integer,
    billsec integer,
    disposition text NOT NULL,
    context text,
    channel text,
    dst_channel text,
    dst text,
    last_app text,
    queue text,
    agent text,
    source_table text NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT call_legs_billsec_check CHECK ((billsec >= 0)),
    CONSTRAINT call_legs_disposition_check CHECK ((disposition = ANY (ARRAY['answered'::text, 'no_answer'::text, 'busy'::text, 'failed'::text, 'congestion'::text, 'unknown'::text]))),
    CONSTRAINT call_legs_duration_s_check CHECK ((duration_s >= 0))
)
PARTITION BY RANGE (started_at);

CREATE VIEW ivr.call_legs_v1 AS
 SELECT l.leg_id,
    s.source,
    l.caller_id,
    l.linked_id,
    l.unique_id,
    l.sequence,
    l.started_at,
    l.answered_at,
    l.ended_at,
    l.duration_s,
    l.billsec,
    l.disposition,
    l.context,
    l.channel,
    l.dst_channel,
    l.dst,
    l.last_app,
    l.queue,
    l.agent,
    l.source_table,
    l."position"
   FROM (ivr.call_legs l
     LEFT JOIN ivr.sources s ON ((s.source_id = l.source_id)));

CREATE TABLE ivr.call_steps (
    step_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    number integer NOT NULL,
    at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    context text,
    exten text,
    menu text NOT NULL,
    app text NOT NULL,
    digit text,
    ended text NOT NULL,
    CONSTRAINT call_steps_ended_check CHECK ((ended = ANY (ARRAY['digit'::text, 'typed'::text, 'timeout'::text, 'invalid'::text, 'repeated'::text, 'moved'::text, 'queue'::text, 'dialled'::text, 'voicemail'::text, 'connected'::text, 'hung_up'::text, 'open'::text])))
)
PARTITION BY RANGE (at);

CREATE VIEW ivr.call_steps_v1 AS
 SELECT t.step_id,
    s.source,
    t.caller_id,
    t.linked_id,
    t.unique_id,
    t.number,
    t.at,
    t.left_at,
    t.context,
    t.exten,
    t.menu,
    t.app,
    t.digit,
    t.ended
   FROM (ivr.call_steps t
     LEFT JOIN ivr.sources s ON ((s.source_id = t.source_id)));

CREATE TABLE ivr.caller_key_sources (
    source_id smallint NOT NULL,
    key_epoch smallint NOT NULL,
    renewed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE ivr.caller_key_spans (
    source_id smallint NOT NULL,
    key_epoch smallint NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL
);

CREATE TABLE ivr.caller_keys (
    key_epoch smallint NOT NULL,
    fingerprint bytea NOT NULL,
    state text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    until timestamp with time zone,
    CONSTRAINT caller_keys_state_check CHECK ((state = ANY (ARRAY['renewing'::text, 'current'::text, 'past'::text])))
);

CREATE TABLE ivr.units (
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    rows_read bigint DEFAULT 0 NOT NULL,
    rows_published bigint DEFAULT 0 NOT NULL,
    digest bytea,
    first_started_at timestamp with time zone,
    last_started_at timestamp with time zone,
    published_by bigint,
    published_at timestamp with time zone,
    held_rows bigint,
    held_at timestamp with time zone,
    key_epoch smallint,
    rolled_up_at timestamp with time zone
);

CREATE VIEW ivr.caller_key_epochs_v1 AS
 SELECT s.source,
    COALESCE(u.key_epoch, f.first) AS key_epoch,
    min(u.first_started_at) AS since,
    (max(u.last_started_at) + '00:00:00.000001'::interval) AS until
   FROM ((ivr.units u
     JOIN ivr.sources s USING (source_id))
     CROSS JOIN ( SELECT min(caller_keys.key_epoch) AS first
           FROM ivr.caller_keys) f)
  WHERE ((u.digest IS NOT NULL) AND (u.first_started_at IS NOT NULL))
  GROUP BY s.source, COALESCE(u.key_epoch, f.first)
UNION ALL
 SELECT s.source,
    p.key_epoch,
    p.since,
    p.until
   FROM (ivr.caller_key_spans p
     JOIN ivr.sources s USING (source_id))
UNION ALL
 SELECT s.source,
    k.key_epoch,
    '-infinity'::timestamp with time zone AS since,
    'infinity'::timestamp with time zone AS until
   FROM (ivr.sources s
     JOIN ivr.caller_keys k ON ((k.key_epoch = COALESCE(( SELECT max(d.key_epoch) AS max
           FROM ivr.caller_key_sources d
          WHERE (d.source_id = s.source_id)), ( SELECT min(caller_keys.key_epoch) AS min
           FROM ivr.caller_keys)))))
  WHERE ((s.kind = 'asterisk'::text) AND (NOT (EXISTS ( SELECT
           FROM ivr.caller_key_spans p
          WHERE (p.source_id = s.source_id)))));

ALTER TABLE ivr.caller_keys ALTER COLUMN key_epoch ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.caller_keys_key_epoch_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.cel_kept_events (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    linked_id text NOT NULL,
    unique_id text NOT NULL,
    caller_id bigint NOT NULL,
    context text NOT NULL,
    exten text NOT NULL,
    app text NOT NULL,
    menu text NOT NULL,
    digit text
);

CREATE TABLE ivr.centres (
    centre_id integer NOT NULL,
    centre text NOT NULL,
    centre_kind text NOT NULL,
    CONSTRAINT centres_centre_kind_check CHECK ((centre_kind = ANY (ARRAY['vdn'::text, 'hung_up'::text, 'null'::text, 'zeros'::text, 'bad_start'::text])))
);

ALTER TABLE ivr.centres ALTER COLUMN centre_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.centres_centre_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.data_versions (
    source_id smallint NOT NULL,
    version bigint NOT NULL,
    data_as_of timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW ivr.data_version_v1 AS
 SELECT s.source,
    s.kind,
    s.zone,
    COALESCE(v.version, (0)::bigint) AS version,
    v.data_as_of,
    v.updated_at
   FROM (ivr.sources s
     LEFT JOIN ivr.data_versions v USING (source_id));

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
    durations bytea
)
PARTITION BY LIST (grain);

CREATE VIEW ivr.legacy_day_versions_v1 AS
 SELECT s.source,
    d.day,
    (sum(((hashint8extended((d.unit_id)::bigint, (0)::bigint))::numeric + (EXTRACT(epoch FROM u.published_at) * (1000000)::numeric))))::text AS version
   FROM ((( SELECT DISTINCT legacy_days.source_id,
            legacy_days.day,
            legacy_days.unit_id
           FROM ivr.legacy_days
          WHERE (legacy_days.grain = 1)) d
     JOIN ivr.units u ON ((u.unit_id = d.unit_id)))
     JOIN ivr.sources s ON ((s.source_id = d.source_id)))
  GROUP BY s.source, d.day;

CREATE TABLE ivr.queue_day_versions (
    source_id smallint NOT NULL,
    day date NOT NULL,
    version bigint DEFAULT 1 NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE VIEW ivr.queue_day_versions_v1 AS
 SELECT s.source,
    v.day,
    (v.version)::text AS version
   FROM (ivr.queue_day_versions v
     JOIN ivr.sources s ON ((s.source_id = v.source_id)));

CREATE VIEW ivr.day_versions_v1 AS
 SELECT legacy_day_versions_v1.source,
    legacy_day_versions_v1.day,
    legacy_day_versions_v1.version
   FROM ivr.legacy_day_versions_v1
UNION ALL
 SELECT queue_day_versions_v1.source,
    queue_day_versions_v1.day,
    queue_day_versions_v1.version
   FROM ivr.queue_day_versions_v1;

CREATE TABLE ivr.detail_gaps (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE ivr.detail_streams (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    next_position bigint NOT NULL,
    newest_at timestamp with time zone,
    swept_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE ivr.dids (
    did_id integer NOT NULL,
    did text NOT NULL,
    segment text DEFAULT 'desconocido'::text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ivr.dids ALTER COLUMN did_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.dids_did_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW ivr.dids_v1 AS
 SELECT did,
    segment
   FROM ivr.dids;

CREATE TABLE ivr.dimension_changes (
    change_id bigint NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    wanted jsonb NOT NULL,
    requested_by text NOT NULL,
    actor_id bigint,
    request_id text,
    state text DEFAULT 'queued'::text NOT NULL,
    calls_expected bigint,
    calls_done bigint DEFAULT 0 NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    error text,
    CONSTRAINT dimension_changes_kind_check CHECK ((kind = ANY (ARRAY['menu'::text, 'segment'::text]))),
    CONSTRAINT dimension_changes_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text])))
);

ALTER TABLE ivr.dimension_changes ALTER COLUMN change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.dimension_changes_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.holidays (
    day date NOT NULL,
    name text NOT NULL
);

CREATE VIEW ivr.holidays_v1 AS
 SELECT day,
    name
   FROM ivr.holidays;

CREATE TABLE ivr.label_sets (
    label_set_id integer NOT NULL,
    labels text[] NOT NULL
);

ALTER TABLE ivr.label_sets ALTER COLUMN label_set_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.label_sets_label_set_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.leases (
    source_id smallint NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    acquired_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE ivr.legacy_caller_days (
    day date NOT NULL,
    did_id integer NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL,
    sketch bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

ALTER TABLE ONLY ivr.legacy_caller_days ALTER COLUMN callers SET STORAGE EXTERNAL;

CREATE TABLE ivr.legacy_caller_month_sketches (
    month date NOT NULL,
    did_id integer NOT NULL,
    source_id smallint NOT NULL,
    sketch bytea NOT NULL
);

CREATE TABLE ivr.legacy_caller_months (
    month date NOT NULL,
    did_id integer NOT NULL,
    shard smallint NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL
);

ALTER TABLE ONLY ivr.legacy_caller_months ALTER COLUMN callers SET STORAGE EXTERNAL;

CREATE VIEW ivr.legacy_caller_sketches_v1 AS
 SELECT s.source,
    'day'::text AS period,
    c.day AS since,
    d.did,
    d.segment,
    c.sketch
   FROM ((ivr.legacy_caller_days c
     JOIN ivr.dids d ON ((d.did_id = c.did_id)))
     JOIN ivr.sources s ON ((s.source_id = c.source_id)))
UNION ALL
 SELECT s.source,
    'month'::text AS period,
    c.month AS since,
    d.did,
    d.segment,
    c.sketch
   FROM ((ivr.legacy_caller_month_sketches c
     JOIN ivr.dids d ON ((d.did_id = c.did_id)))
     JOIN ivr.sources s ON ((s.source_id = c.source_id)));

CREATE TABLE ivr.legacy_calls (
    call_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
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
)
PARTITION BY RANGE (started_at);

CREATE TABLE ivr.menus (
    menu_id integer NOT NULL,
    menu_key text NOT NULL,
    menu text NOT NULL,
    menu_kind text DEFAULT 'menu'::text NOT NULL,
    menu_abandoned boolean DEFAULT false NOT NULL,
    menu_goal boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT menus_menu_kind_check CHECK ((menu_kind = ANY (ARRAY['menu'::text, 'empty'::text, 'phone'::text])))
);

CREATE TABLE ivr.options (
    option_id integer NOT NULL,
    option text NOT NULL
);

CREATE VIEW ivr.legacy_calls_v1 AS
 SELECT c.call_id,
    s.source,
    c.caller_id,
    c.started_at,
    c.duration_s,
    d.did,
    d.segment,
    m.menu,
    m.menu_kind,
    m.menu_abandoned,
    m.menu_goal,
    o.option,
    e.centre,
    e.centre_kind,
        CASE c.line_kind
            WHEN 0 THEN 'no_digito'::text
            WHEN 1 THEN 'misma_linea'::text
            ELSE 'linea_diferente'::text
        END AS line_kind,
    l.labels,
    c.swapped,
    u.source_table,
    NULLIF(u.unit_date, '1900-01-01'::date) AS unit_date,
    c.occurrence,
    COALESCE((s.plain AND d.plain AND m.plain AND o.plain AND e.plain AND l.plain AND u.plain), false) AS plain_texts
   FROM (((((((ivr.legacy_calls c
     LEFT JOIN ( SELECT sources.source_id,
            sources.source,
            ivr.is_plain(sources.source) AS plain
           FROM ivr.sources) s ON ((s.source_id = c.source_id)))
     LEFT JOIN ( SELECT dids.did_id,
            dids.did,
            dids.segment,
            (ivr.is_plain(dids.did) AND ivr.is_plain(dids.segment)) AS plain
           FROM ivr.dids) d ON ((d.did_id = c.did_id)))
     LEFT JOIN ( SELECT menus.menu_id,
            menus.menu,
            menus.menu_kind,
            menus.menu_abandoned,
            menus.menu_goal,
            ivr.is_plain(menus.menu) AS plain
           FROM ivr.menus) m ON ((m.menu_id = c.menu_id)))
     LEFT JOIN ( SELECT options.option_id,
            options.option,
            ivr.is_plain(options.option) AS plain
           FROM ivr.options) o ON ((o.option_id = c.option_id)))
     LEFT JOIN ( SELECT centres.centre_id,
            centres.centre,
            centres.centre_kind,
            ivr.is_plain(centres.centre) AS plain
           FROM ivr.centres) e ON ((e.centre_id = c.centre_id)))
     LEFT JOIN ( SELECT label_sets.label_set_id,
            label_sets.labels,
            ivr.is_plain(array_to_string(label_sets.labels, ', '::text)) AS plain
           FROM ivr.label_sets) l ON ((l.label_set_id = c.label_set_id)))
     LEFT JOIN ( SELECT units.unit_id,
            units.source_table,
            units.unit_date,
            ivr.is_plain(units.source_table) AS plain
           FROM ivr.units) u ON ((u.unit_id = c.unit_id)));

CREATE TABLE ivr.legacy_cells (
    cell_id integer NOT NULL,
    grain smallint NOT NULL,
    did_id integer NOT NULL,
    menu_id integer,
    option_id integer,
    centre_id integer,
    menu_abandoned boolean,
    CONSTRAINT legacy_cells_grain_check CHECK (((grain >= 1) AND (grain <= 4)))
);

ALTER TABLE ivr.legacy_cells ALTER COLUMN cell_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.legacy_cells_cell_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.totals_missing (
    rollup text NOT NULL,
    since date NOT NULL,
    unit_id integer NOT NULL,
    source_id smallint NOT NULL,
    CONSTRAINT totals_missing_rollup_check CHECK ((rollup = ANY (ARRAY['legacy_days'::text, 'legacy_menus'::text, 'queue_days'::text, 'queue_agents'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_day_totals_v1 AS
 SELECT (1)::smallint AS grain,
    r.day,
    s.source,
    NULL::text AS did,
    NULL::text AS segment,
    NULL::text AS menu,
    NULL::text AS menu_kind,
    r.menu_abandoned,
    NULL::boolean AS menu_goal,
    NULL::text AS option,
    NULL::text AS centre,
    NULL::text AS centre_kind,
    r.calls,
        CASE
            WHEN r.menu_abandoned THEN r.calls
            ELSE 0
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
        CASE
            WHEN (EXTRACT(isodow FROM r.day) <= (5)::numeric) THEN r.calls
            ELSE 0
        END AS weekday_calls,
        CASE
            WHEN (EXTRACT(isodow FROM r.day) > (5)::numeric) THEN r.calls
            ELSE 0
        END AS weekend_calls,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.durations
   FROM (( SELECT legacy_day_totals.day,
            legacy_day_totals.menu_abandoned,
            legacy_day_totals.source_id,
            legacy_day_totals.calls,
            legacy_day_totals.transferred,
            legacy_day_totals.ended_in_ivr,
            legacy_day_totals.no_typed_line,
            legacy_day_totals.same_line,
            legacy_day_totals.different_line,
            legacy_day_totals.menu_errors,
            legacy_day_totals.swapped_times,
            legacy_day_totals.duration_n,
            legacy_day_totals.duration_s_total,
            legacy_day_totals.duration_s_max,
            legacy_day_totals.durations
           FROM ivr.legacy_day_totals
        UNION ALL
         SELECT d.day,
            k.menu_abandoned,
            d.source_id,
            d.calls,
            d.transferred,
            d.ended_in_ivr,
            d.no_typed_line,
            d.same_line,
            d.different_line,
            d.menu_errors,
            d.swapped_times,
            d.duration_n,
            d.duration_s_total,
            d.duration_s_max,
            d.durations
           FROM ((ivr.totals_missing x
             JOIN ivr.legacy_days d ON (((d.day = x.since) AND (d.unit_id = x.unit_id) AND (d.source_id = x.source_id))))
             LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = d.cell_id)))
          WHERE ((x.rollup = 'legacy_days'::text) AND (d.grain = 1))) r
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.legacy_days_1 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_days_2 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_days_3 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_days_4 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_days_v1 AS
 SELECT r.grain,
    r.day,
    s.source,
    d.did,
    d.segment,
    m.menu,
    m.menu_kind,
    COALESCE(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned,
    m.menu_goal,
    o.option,
    e.centre,
    e.centre_kind,
    r.calls,
        CASE
            WHEN COALESCE(k.menu_abandoned, m.menu_abandoned) THEN r.calls
            ELSE 0
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
        CASE
            WHEN (EXTRACT(isodow FROM r.day) <= (5)::numeric) THEN r.calls
            ELSE 0
        END AS weekday_calls,
        CASE
            WHEN (EXTRACT(isodow FROM r.day) > (5)::numeric) THEN r.calls
            ELSE 0
        END AS weekend_calls,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.durations
   FROM ((((((ivr.legacy_days r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.menus m ON ((m.menu_id = k.menu_id)))
     LEFT JOIN ivr.options o ON ((o.option_id = k.option_id)))
     LEFT JOIN ivr.centres e ON ((e.centre_id = k.centre_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.legacy_hours (
    bucket timestamp with time zone NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_hours_v1 AS
 SELECT r.bucket,
    s.source,
    d.did,
    d.segment,
    k.menu_abandoned,
    r.calls,
        CASE
            WHEN k.menu_abandoned THEN r.calls
            ELSE 0
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.durations
   FROM (((ivr.legacy_hours r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

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
    durations bytea
)
PARTITION BY LIST (grain);

CREATE VIEW ivr.legacy_menu_months_v1 AS
 SELECT (2)::smallint AS grain,
    r.month,
    s.source,
    NULL::text AS did,
    NULL::text AS segment,
    m.menu,
    m.menu_kind,
    m.menu_abandoned,
    m.menu_goal,
    NULL::text AS option,
    NULL::text AS centre,
    NULL::text AS centre_kind,
    r.calls,
        CASE
            WHEN m.menu_abandoned THEN r.calls
            ELSE (0)::bigint
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
    r.weekday_calls,
    (r.calls - r.weekday_calls) AS weekend_calls,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.durations
   FROM ((( SELECT legacy_menu_months.month,
            legacy_menu_months.menu_id,
            legacy_menu_months.source_id,
            legacy_menu_months.calls,
            legacy_menu_months.transferred,
            legacy_menu_months.ended_in_ivr,
            legacy_menu_months.no_typed_line,
            legacy_menu_months.same_line,
            legacy_menu_months.different_line,
            legacy_menu_months.menu_errors,
            legacy_menu_months.swapped_times,
            legacy_menu_months.weekday_calls,
            legacy_menu_months.duration_n,
            legacy_menu_months.duration_s_total,
            legacy_menu_months.duration_s_max,
            legacy_menu_months.durations
           FROM ivr.legacy_menu_months
        UNION ALL
         SELECT d.month,
            k.menu_id,
            d.source_id,
            d.calls,
            d.transferred,
            d.ended_in_ivr,
            d.no_typed_line,
            d.same_line,
            d.different_line,
            d.menu_errors,
            d.swapped_times,
            d.weekday_calls,
            d.duration_n,
            d.duration_s_total,
            d.duration_s_max,
            d.durations
           FROM ((ivr.totals_missing x
             JOIN ivr.legacy_months d ON (((d.month = x.since) AND (d.source_id = x.source_id))))
             LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = d.cell_id)))
          WHERE ((x.rollup = 'legacy_menus'::text) AND (d.grain = 2))) r
     LEFT JOIN ivr.menus m ON ((m.menu_id = r.menu_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.legacy_month_hours (
    month date NOT NULL,
    did_id integer NOT NULL,
    week_hour smallint NOT NULL,
    source_id smallint NOT NULL,
    calls integer NOT NULL,
    abandoned integer NOT NULL,
    transferred integer NOT NULL,
    ended_in_ivr integer NOT NULL
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_month_hours_v1 AS
 SELECT r.month,
    ((r.week_hour / 24) + 1) AS weekday,
    ((r.week_hour)::integer % 24) AS hour,
    s.source,
    d.did,
    d.segment,
    r.calls,
    r.abandoned,
    r.transferred,
    r.ended_in_ivr
   FROM ((ivr.legacy_month_hours r
     LEFT JOIN ivr.dids d ON ((d.did_id = r.did_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)))
  WHERE (r.calls > 0);

CREATE TABLE ivr.legacy_months_1 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_months_2 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_months_3 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.legacy_months_4 (
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
    durations bytea
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_months_v1 AS
 SELECT r.grain,
    r.month,
    s.source,
    d.did,
    d.segment,
    m.menu,
    m.menu_kind,
    COALESCE(k.menu_abandoned, m.menu_abandoned) AS menu_abandoned,
    m.menu_goal,
    o.option,
    e.centre,
    e.centre_kind,
    r.calls,
        CASE
            WHEN COALESCE(k.menu_abandoned, m.menu_abandoned) THEN r.calls
            ELSE (0)::bigint
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
    r.weekday_calls,
    (r.calls - r.weekday_calls) AS weekend_calls,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.durations
   FROM ((((((ivr.legacy_months r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.menus m ON ((m.menu_id = k.menu_id)))
     LEFT JOIN ivr.options o ON ((o.option_id = k.option_id)))
     LEFT JOIN ivr.centres e ON ((e.centre_id = k.centre_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.legacy_quarter_hours (
    bucket timestamp with time zone NOT NULL,
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
    duration_s_max integer
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_quarter_hours_v1 AS
 SELECT r.bucket,
    s.source,
    d.did,
    d.segment,
    k.menu_abandoned,
    r.calls,
        CASE
            WHEN k.menu_abandoned THEN r.calls
            ELSE 0
        END AS abandoned,
    r.transferred,
    r.ended_in_ivr,
    r.no_typed_line,
    r.same_line,
    r.different_line,
    r.menu_errors,
    r.swapped_times,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max
   FROM (((ivr.legacy_quarter_hours r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

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
    ended_repeated_24h integer NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_repeat_days_v1 AS
 SELECT r.day,
    s.source,
    d.did,
    d.segment,
    m.menu,
    m.menu_kind,
    m.menu_abandoned,
    m.menu_goal,
    r.calls,
    r.ended_in_ivr,
    r.covered_1h,
    r.known_1h,
    r.repeated_1h,
    r.covered_24h,
    r.known_24h,
    r.repeated_24h,
    r.covered_7d,
    r.known_7d,
    r.repeated_7d,
    r.ended_known_24h,
    r.ended_repeated_24h
   FROM ((((ivr.legacy_repeat_days r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.menus m ON ((m.menu_id = k.menu_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

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
    ended_repeated_24h integer NOT NULL
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_repeat_months_v1 AS
 SELECT r.month,
    s.source,
    d.did,
    d.segment,
    m.menu,
    m.menu_kind,
    m.menu_abandoned,
    m.menu_goal,
    r.calls,
    r.ended_in_ivr,
    r.covered_1h,
    r.known_1h,
    r.repeated_1h,
    r.covered_24h,
    r.known_24h,
    r.repeated_24h,
    r.covered_7d,
    r.known_7d,
    r.repeated_7d,
    r.ended_known_24h,
    r.ended_repeated_24h
   FROM ((((ivr.legacy_repeat_months r
     LEFT JOIN ivr.legacy_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.dids d ON ((d.did_id = k.did_id)))
     LEFT JOIN ivr.menus m ON ((m.menu_id = k.menu_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)))
  WHERE (r.calls > 0);

CREATE TABLE ivr.legacy_unique_callers (
    source_id smallint NOT NULL,
    period text NOT NULL,
    since date NOT NULL,
    segment text,
    callers bigint NOT NULL,
    CONSTRAINT legacy_unique_callers_period_check CHECK ((period = ANY (ARRAY['day'::text, 'month'::text, 'quarter'::text, 'year'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.legacy_unique_callers_v1 AS
 SELECT s.source,
    u.period,
    u.since,
    u.segment,
    u.callers
   FROM (ivr.legacy_unique_callers u
     JOIN ivr.sources s ON ((s.source_id = u.source_id)));

ALTER TABLE ivr.menus ALTER COLUMN menu_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.menus_menu_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW ivr.menus_v1 AS
 SELECT menu,
    menu_kind,
    menu_abandoned,
    menu_goal
   FROM ivr.menus;

CREATE TABLE ivr.month_hours_zones (
    source_id smallint NOT NULL,
    zone text NOT NULL
);

ALTER TABLE ivr.options ALTER COLUMN option_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.options_option_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.queue_agent_months (
    month date NOT NULL,
    agent text,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.queue_cells (
    cell_id integer NOT NULL,
    grain smallint NOT NULL,
    queue text NOT NULL,
    agent text,
    CONSTRAINT queue_cells_grain_check CHECK ((grain = ANY (ARRAY[1, 2])))
);

CREATE TABLE ivr.queue_months (
    month date NOT NULL,
    grain smallint NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_agent_months_v1 AS
 SELECT s.source,
    NULL::text AS queue,
    r.agent,
    (2)::smallint AS grain,
    r.month,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM (( SELECT queue_agent_months.month,
            queue_agent_months.agent,
            queue_agent_months.source_id,
            queue_agent_months.offered,
            queue_agent_months.answered,
            queue_agent_months.abandoned,
            queue_agent_months.timed_out,
            queue_agent_months.key_exits,
            queue_agent_months.empty_exits,
            queue_agent_months.withdrawn,
            queue_agent_months.flowed_out,
            queue_agent_months.open,
            queue_agent_months.transfers,
            queue_agent_months.ring_no_answer,
            queue_agent_months.wait_n,
            queue_agent_months.wait_s_total,
            queue_agent_months.wait_s_max,
            queue_agent_months.wait_answered_n,
            queue_agent_months.wait_answered_s_total,
            queue_agent_months.queued_n,
            queue_agent_months.talk_n,
            queue_agent_months.talk_s_total,
            queue_agent_months.duration_n,
            queue_agent_months.duration_s_total,
            queue_agent_months.duration_s_max,
            queue_agent_months.waits_answered,
            queue_agent_months.waits_abandoned,
            queue_agent_months.waits_other,
            queue_agent_months.talks,
            queue_agent_months.durations
           FROM ivr.queue_agent_months
        UNION ALL
         SELECT d.month,
            k.agent,
            d.source_id,
            d.offered,
            d.answered,
            d.abandoned,
            d.timed_out,
            d.key_exits,
            d.empty_exits,
            d.withdrawn,
            d.flowed_out,
            d.open,
            d.transfers,
            d.ring_no_answer,
            d.wait_n,
            d.wait_s_total,
            d.wait_s_max,
            d.wait_answered_n,
            d.wait_answered_s_total,
            d.queued_n,
            d.talk_n,
            d.talk_s_total,
            d.duration_n,
            d.duration_s_total,
            d.duration_s_max,
            d.waits_answered,
            d.waits_abandoned,
            d.waits_other,
            d.talks,
            d.durations
           FROM ((ivr.totals_missing x
             JOIN ivr.queue_months d ON (((d.month = x.since) AND (d.source_id = x.source_id))))
             LEFT JOIN ivr.queue_cells k ON ((k.cell_id = d.cell_id)))
          WHERE ((x.rollup = 'queue_agents'::text) AND (d.grain = 2))) r
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_caller_days (
    day date NOT NULL,
    queue text NOT NULL,
    source_id smallint NOT NULL,
    callers_n integer NOT NULL,
    callers bytea NOT NULL,
    sketch bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

ALTER TABLE ONLY ivr.queue_caller_days ALTER COLUMN callers SET STORAGE EXTERNAL;

CREATE VIEW ivr.queue_caller_sketches_v1 AS
 SELECT s.source,
    c.day AS since,
    c.queue,
    c.sketch
   FROM (ivr.queue_caller_days c
     JOIN ivr.sources s ON ((s.source_id = c.source_id)));

CREATE TABLE ivr.queue_calls (
    call_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    source_id smallint NOT NULL,
    callid text NOT NULL,
    queue text NOT NULL,
    agent text,
    entered_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    exit text NOT NULL,
    wait_s double precision,
    ring_s double precision,
    talk_s double precision,
    entry_position integer,
    transfers integer NOT NULL,
    ring_no_answer integer NOT NULL,
    CONSTRAINT queue_calls_exit_check CHECK ((exit = ANY (ARRAY['answered'::text, 'abandoned'::text, 'timeout'::text, 'key_exit'::text, 'empty'::text, 'withdrawn'::text, 'flow_out'::text, 'open'::text]))),
    CONSTRAINT queue_calls_ring_s_check CHECK ((ring_s >= (0)::double precision)),
    CONSTRAINT queue_calls_talk_s_check CHECK ((talk_s >= (0)::double precision)),
    CONSTRAINT queue_calls_wait_s_check CHECK ((wait_s >= (0)::double precision))
)
PARTITION BY RANGE (entered_at);

CREATE VIEW ivr.queue_calls_v1 AS
 SELECT q.call_id,
    s.source,
    q.caller_id,
    q.callid,
    q.queue,
    q.agent,
    q.entered_at,
    q.ended_at,
    q.exit,
    q.wait_s,
    q.ring_s,
    q.talk_s,
    q.entry_position,
    q.transfers,
    q.ring_no_answer
   FROM (ivr.queue_calls q
     LEFT JOIN ivr.sources s ON ((s.source_id = q.source_id)));

ALTER TABLE ivr.queue_cells ALTER COLUMN cell_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.queue_cells_cell_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.queue_day_totals (
    day date NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.queue_days (
    day date NOT NULL,
    grain smallint NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_day_totals_v1 AS
 SELECT s.source,
    NULL::text AS queue,
    NULL::text AS agent,
    (1)::smallint AS grain,
    r.day,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM (( SELECT queue_day_totals.day,
            queue_day_totals.source_id,
            queue_day_totals.offered,
            queue_day_totals.answered,
            queue_day_totals.abandoned,
            queue_day_totals.timed_out,
            queue_day_totals.key_exits,
            queue_day_totals.empty_exits,
            queue_day_totals.withdrawn,
            queue_day_totals.flowed_out,
            queue_day_totals.open,
            queue_day_totals.transfers,
            queue_day_totals.ring_no_answer,
            queue_day_totals.wait_n,
            queue_day_totals.wait_s_total,
            queue_day_totals.wait_s_max,
            queue_day_totals.wait_answered_n,
            queue_day_totals.wait_answered_s_total,
            queue_day_totals.queued_n,
            queue_day_totals.talk_n,
            queue_day_totals.talk_s_total,
            queue_day_totals.duration_n,
            queue_day_totals.duration_s_total,
            queue_day_totals.duration_s_max,
            queue_day_totals.waits_answered,
            queue_day_totals.waits_abandoned,
            queue_day_totals.waits_other,
            queue_day_totals.talks,
            queue_day_totals.durations
           FROM ivr.queue_day_totals
        UNION ALL
         SELECT d.day,
            d.source_id,
            d.offered,
            d.answered,
            d.abandoned,
            d.timed_out,
            d.key_exits,
            d.empty_exits,
            d.withdrawn,
            d.flowed_out,
            d.open,
            d.transfers,
            d.ring_no_answer,
            d.wait_n,
            d.wait_s_total,
            d.wait_s_max,
            d.wait_answered_n,
            d.wait_answered_s_total,
            d.queued_n,
            d.talk_n,
            d.talk_s_total,
            d.duration_n,
            d.duration_s_total,
            d.duration_s_max,
            d.waits_answered,
            d.waits_abandoned,
            d.waits_other,
            d.talks,
            d.durations
           FROM (ivr.totals_missing x
             JOIN ivr.queue_days d ON (((d.day = x.since) AND (d.source_id = x.source_id))))
          WHERE ((x.rollup = 'queue_days'::text) AND (d.grain = 1))) r
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE VIEW ivr.queue_days_v1 AS
 SELECT s.source,
    k.queue,
    k.agent,
    r.day,
    r.grain,
    r.cell_id,
    r.source_id,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM ((ivr.queue_days r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_hours (
    bucket timestamp with time zone NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_hours_v1 AS
 SELECT s.source,
    k.queue,
    r.bucket,
    r.cell_id,
    r.source_id,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM ((ivr.queue_hours r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_kept_calls (
    source_id smallint NOT NULL,
    callid text NOT NULL,
    last_at timestamp with time zone NOT NULL,
    open boolean NOT NULL,
    events bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

CREATE TABLE ivr.queue_kept_events (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    "position" bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    callid text NOT NULL,
    queue text NOT NULL,
    agent text,
    verb text NOT NULL,
    caller_id bigint NOT NULL,
    wait_s double precision,
    talk_s double precision,
    ring_s double precision,
    entry_position integer
);

COMMENT ON TABLE ivr.queue_kept_events IS 'taken over by the first run of each source: see queue_kept_calls';

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
    open integer NOT NULL
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_month_hours_v1 AS
 SELECT r.month,
    ((r.week_hour / 24) + 1) AS weekday,
    ((r.week_hour)::integer % 24) AS hour,
    s.source,
    k.queue,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open
   FROM ((ivr.queue_month_hours r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)))
  WHERE (r.offered > 0);

CREATE VIEW ivr.queue_months_v1 AS
 SELECT s.source,
    k.queue,
    k.agent,
    r.month,
    r.grain,
    r.cell_id,
    r.source_id,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM ((ivr.queue_months r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_names (
    name_id integer NOT NULL,
    name text NOT NULL
);

ALTER TABLE ivr.queue_names ALTER COLUMN name_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.queue_names_name_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.queue_quarter_hours (
    bucket timestamp with time zone NOT NULL,
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
    durations bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_quarter_hours_v1 AS
 SELECT s.source,
    k.queue,
    r.bucket,
    r.cell_id,
    r.source_id,
    r.offered,
    r.answered,
    r.abandoned,
    r.timed_out,
    r.key_exits,
    r.empty_exits,
    r.withdrawn,
    r.flowed_out,
    r.open,
    r.transfers,
    r.ring_no_answer,
    r.wait_n,
    r.wait_s_total,
    r.wait_s_max,
    r.wait_answered_n,
    r.wait_answered_s_total,
    r.queued_n,
    r.talk_n,
    r.talk_s_total,
    r.duration_n,
    r.duration_s_total,
    r.duration_s_max,
    r.waits_answered,
    r.waits_abandoned,
    r.waits_other,
    r.talks,
    r.durations
   FROM ((ivr.queue_quarter_hours r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_read_blocks (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    block bigint NOT NULL,
    ids bit(1024) NOT NULL,
    newest_at timestamp with time zone NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE TABLE ivr.queue_recent_ids (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    "position" bigint NOT NULL
);

COMMENT ON TABLE ivr.queue_recent_ids IS 'not read any more: see queue_read_blocks';

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
    repeated_7d integer NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_repeat_days_v1 AS
 SELECT r.day,
    s.source,
    k.queue,
    r.calls,
    r.covered_1h,
    r.known_1h,
    r.repeated_1h,
    r.covered_24h,
    r.known_24h,
    r.repeated_24h,
    r.covered_7d,
    r.known_7d,
    r.repeated_7d
   FROM ((ivr.queue_repeat_days r
     LEFT JOIN ivr.queue_cells k ON ((k.cell_id = r.cell_id)))
     LEFT JOIN ivr.sources s ON ((s.source_id = r.source_id)));

CREATE TABLE ivr.queue_streams (
    source_id smallint NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    next_position bigint NOT NULL,
    rows_read bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    slow_pass_at timestamp with time zone
);

CREATE TABLE ivr.queue_unique_callers (
    source_id smallint NOT NULL,
    period text NOT NULL,
    since date NOT NULL,
    queue text,
    callers bigint NOT NULL,
    CONSTRAINT queue_unique_callers_period_check CHECK ((period = ANY (ARRAY['day'::text, 'month'::text, 'quarter'::text, 'year'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW ivr.queue_unique_callers_v1 AS
 SELECT s.source,
    u.period,
    u.since,
    u.queue,
    u.callers
   FROM (ivr.queue_unique_callers u
     JOIN ivr.sources s ON ((s.source_id = u.source_id)));

CREATE TABLE ivr.reconciliation_cells (
    reconciliation_id bigint NOT NULL,
    part text NOT NULL,
    source_table text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    verdict text NOT NULL,
    rows_source bigint NOT NULL,
    rows_warehouse bigint NOT NULL,
    hash_source text NOT NULL,
    hash_warehouse text NOT NULL,
    CONSTRAINT reconciliation_cells_part_check CHECK ((part = ANY (ARRAY['unit'::text, 'segment'::text, 'events'::text, 'queue'::text, 'legs'::text, 'steps'::text, 'cel_events'::text]))),
    CONSTRAINT reconciliation_cells_verdict_check CHECK ((verdict = ANY (ARRAY['equal'::text, 'missing'::text, 'extra'::text, 'changed'::text, 'gone'::text])))
);

CREATE TABLE ivr.reconciliation_rows (
    reconciliation_id bigint NOT NULL,
    verdict text NOT NULL,
    source_table text NOT NULL,
    day date NOT NULL,
    call_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    description text NOT NULL,
    part text DEFAULT 'call'::text NOT NULL,
    CONSTRAINT reconciliation_rows_part_check CHECK ((part = ANY (ARRAY['call'::text, 'leg'::text, 'step'::text]))),
    CONSTRAINT reconciliation_rows_verdict_check CHECK ((verdict = ANY (ARRAY['missing'::text, 'extra'::text, 'changed'::text])))
);

CREATE TABLE ivr.reconciliations (
    reconciliation_id bigint NOT NULL,
    source_id smallint NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    request jsonb NOT NULL,
    requested_by text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    rows_source bigint DEFAULT 0 NOT NULL,
    rows_warehouse bigint DEFAULT 0 NOT NULL,
    cells_compared integer DEFAULT 0 NOT NULL,
    cells_different integer DEFAULT 0 NOT NULL,
    rows_different bigint,
    notes text[] DEFAULT '{}'::text[] NOT NULL,
    error text,
    CONSTRAINT reconciliations_state_check CHECK ((state = ANY (ARRAY['running'::text, 'equal'::text, 'different'::text, 'failed'::text])))
);

ALTER TABLE ivr.reconciliations ALTER COLUMN reconciliation_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.reconciliations_reconciliation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.rejects (
    reject_id bigint NOT NULL,
    run_id bigint NOT NULL,
    source_id smallint NOT NULL,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    "position" bigint NOT NULL,
    reason text NOT NULL,
    row_masked text NOT NULL,
    rejected_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ivr.rejects ALTER COLUMN reject_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.rejects_reject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.removed_months (
    parent text NOT NULL,
    month date NOT NULL,
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    removed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT removed_months_month_check CHECK ((month = (date_trunc('month'::text, (month)::timestamp with time zone))::date))
);

CREATE VIEW ivr.removed_calls_v1 AS
 SELECT ((max(month) + '1 mon'::interval) AT TIME ZONE 'UTC'::text) AS kept_since,
    max(removed_at) AS removed_at,
    (COALESCE(sum(rows) FILTER (WHERE (parent = ANY (ARRAY['legacy_calls'::text, 'queue_calls'::text]))), (0)::numeric))::bigint AS calls
   FROM ivr.removed_months
 HAVING (count(*) > 0);

CREATE TABLE ivr.retention_holds (
    hold_id integer NOT NULL,
    since date NOT NULL,
    reason text NOT NULL,
    placed_at timestamp with time zone DEFAULT now() NOT NULL,
    released_at timestamp with time zone,
    CONSTRAINT retention_holds_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT retention_holds_since_check CHECK ((since = (date_trunc('month'::text, (since)::timestamp with time zone))::date))
);

ALTER TABLE ivr.retention_holds ALTER COLUMN hold_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.retention_holds_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.rollup_states (
    source_id smallint NOT NULL,
    complete boolean NOT NULL,
    phase text DEFAULT 'waiting'::text NOT NULL,
    calls_expected bigint,
    calls_done bigint DEFAULT 0 NOT NULL,
    months_until date,
    error text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW ivr.rollups_v1 AS
 SELECT s.source,
    (COALESCE(r.complete, true) AND (NOT (EXISTS ( SELECT
           FROM ivr.units u
          WHERE ((u.source_id = s.source_id) AND (u.digest IS NOT NULL) AND (u.rolled_up_at IS DISTINCT FROM u.published_at)))))) AS complete,
    COALESCE((z.zone = s.zone), true) AS month_hours_fit
   FROM ((ivr.sources s
     LEFT JOIN ivr.rollup_states r USING (source_id))
     LEFT JOIN ivr.month_hours_zones z USING (source_id));

CREATE TABLE ivr.run_units (
    run_id bigint NOT NULL,
    source_table text NOT NULL,
    unit_date date NOT NULL,
    rows_read bigint NOT NULL,
    rows_published bigint NOT NULL,
    rows_unchanged bigint NOT NULL,
    rows_held bigint NOT NULL,
    rows_rejected bigint NOT NULL,
    rows_duplicate bigint NOT NULL,
    outcome text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT run_units_check CHECK ((rows_read = ((((rows_published + rows_unchanged) + rows_held) + rows_rejected) + rows_duplicate)))
)
WITH (autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE ivr.runs (
    run_id bigint NOT NULL,
    source_id smallint NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    phase text DEFAULT 'waiting'::text NOT NULL,
    request jsonb DEFAULT '{}'::jsonb NOT NULL,
    requested_by text NOT NULL,
    idempotency_key text,
    retry_of bigint,
    attempt integer DEFAULT 1 NOT NULL,
    cancel_requested boolean DEFAULT false NOT NULL,
    epoch bigint,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    heartbeat_at timestamp with time zone,
    rows_expected bigint,
    rows_read bigint DEFAULT 0 NOT NULL,
    rows_published bigint DEFAULT 0 NOT NULL,
    rows_unchanged bigint DEFAULT 0 NOT NULL,
    rows_held bigint DEFAULT 0 NOT NULL,
    rows_rejected bigint DEFAULT 0 NOT NULL,
    rows_duplicate bigint DEFAULT 0 NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text,
    key_epoch smallint,
    CONSTRAINT runs_check CHECK (((state <> 'succeeded'::text) OR (rows_read = ((((rows_published + rows_unchanged) + rows_held) + rows_rejected) + rows_duplicate)))),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.05');

ALTER TABLE ivr.runs ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.runs_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW ivr.runs_v1 AS
 SELECT r.run_id,
    s.source,
    r.state,
    r.started_at,
    r.finished_at,
    r.rows_read,
    r.rows_published,
    r.rows_unchanged,
    r.rows_held,
    r.rows_rejected,
    r.rows_duplicate,
    r.error
   FROM (ivr.runs r
     JOIN ivr.sources s USING (source_id));

CREATE TABLE ivr.source_columns (
    source_id smallint NOT NULL,
    source_table text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ivr.sources ALTER COLUMN source_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.sources_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW ivr.sources_v1 AS
 SELECT source,
    kind,
    zone
   FROM ivr.sources;

ALTER TABLE ivr.units ALTER COLUMN unit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME ivr.units_unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE ivr.zone_checks (
    source_id smallint NOT NULL,
    source_table text NOT NULL,
    offset_s integer NOT NULL,
    share double precision NOT NULL,
    rows_looked_at bigint NOT NULL,
    zone text NOT NULL,
    checked_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT zone_checks_share_check CHECK (((share > (0)::double precision) AND (share <= (1)::double precision)))
);

CREATE VIEW ivr.zone_checks_v1 AS
 SELECT s.source,
    z.source_table,
    z.zone,
    z.offset_s,
    z.share,
    z.rows_looked_at,
    z.checked_at
   FROM (ivr.zone_checks z
     JOIN ivr.sources s USING (source_id));

CREATE TABLE sessions.functions (
    code text NOT NULL,
    module text NOT NULL,
    name text NOT NULL,
    CONSTRAINT functions_code_check CHECK ((code ~ '^[A-Z]{3,4}-[0-9]{3}$'::text))
);

CREATE TABLE sessions.group_functions (
    group_code text NOT NULL,
    function_code text NOT NULL
);

CREATE TABLE sessions.groups (
    code text NOT NULL,
    name text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT groups_code_check CHECK ((code ~ '^AGR-[0-9]{3}$'::text))
);

CREATE TABLE sessions.known_networks (
    user_id bigint NOT NULL,
    network cidr NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE sessions.one_time_codes (
    code_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    purpose text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by bigint,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    voided_at timestamp with time zone,
    CONSTRAINT one_time_codes_code_hash_check CHECK ((length(code_hash) = 32)),
    CONSTRAINT one_time_codes_purpose_check CHECK ((purpose = ANY (ARRAY['first_sign_in'::text, 'recovery'::text])))
);

CREATE TABLE sessions.separation_rule_functions (
    rule_code text NOT NULL,
    side text NOT NULL,
    function_code text NOT NULL,
    CONSTRAINT separation_rule_functions_side_check CHECK ((side = ANY (ARRAY['A'::text, 'B'::text])))
);

CREATE TABLE sessions.separation_rules (
    code text NOT NULL,
    name text NOT NULL,
    active boolean DEFAULT true NOT NULL
);

CREATE TABLE sessions.sessions (
    session_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoke_reason text,
    client_address inet,
    user_agent text DEFAULT ''::text NOT NULL,
    authenticated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sessions_check CHECK (((revoked_at IS NULL) = (revoke_reason IS NULL))),
    CONSTRAINT sessions_revoke_reason_check CHECK ((revoke_reason = ANY (ARRAY['SIGNED_OUT'::text, 'SUPERSEDED'::text, 'CLOSED'::text, 'IDLE'::text, 'EXPIRED'::text, 'PASSWORD_CHANGED'::text, 'RECOVERY'::text, 'ACCOUNT_BLOCKED'::text, 'ACCOUNT_INACTIVE'::text, 'ROTATED'::text, 'ROLE_CHANGED'::text]))),
    CONSTRAINT sessions_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE sessions.sessions ALTER COLUMN session_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sessions.sessions_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sessions.sign_in_failures (
    account_key bytea NOT NULL,
    network cidr NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    streak integer DEFAULT 0 NOT NULL,
    window_since timestamp with time zone,
    locked_until timestamp with time zone,
    lockouts integer DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sign_in_failures_account_key_check CHECK ((length(account_key) = 32))
);

CREATE TABLE sessions.tokens (
    token_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    functions text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT tokens_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'display'::text]))),
    CONSTRAINT tokens_token_hash_check CHECK ((length(token_hash) = 32))
);

ALTER TABLE sessions.tokens ALTER COLUMN token_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sessions.tokens_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sessions.user_exceptions (
    exception_id bigint NOT NULL,
    user_id bigint NOT NULL,
    function_code text NOT NULL,
    effect text NOT NULL,
    justification text NOT NULL,
    granted_by bigint,
    granted_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_by bigint,
    CONSTRAINT user_exceptions_effect_check CHECK ((effect = ANY (ARRAY['grant'::text, 'revoke'::text]))),
    CONSTRAINT user_exceptions_justification_check CHECK ((length(btrim(justification)) >= 20))
);

ALTER TABLE sessions.user_exceptions ALTER COLUMN exception_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sessions.user_exceptions_exception_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sessions.user_groups (
    assignment_id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_code text NOT NULL,
    granted_by bigint,
    granted_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by bigint
);

ALTER TABLE sessions.user_groups ALTER COLUMN assignment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sessions.user_groups_assignment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sessions.users (
    user_id bigint NOT NULL,
    username text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    password_hash text,
    password_changed_at timestamp with time zone,
    must_change_password boolean DEFAULT false NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    segment text,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    last_signed_in_at timestamp with time zone,
    functions text[] DEFAULT '{}'::text[] NOT NULL,
    functions_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT users_state_check CHECK ((state = ANY (ARRAY['active'::text, 'blocked'::text, 'inactive'::text]))),
    CONSTRAINT users_username_check CHECK ((username = lower(username)))
);

ALTER TABLE sessions.users ALTER COLUMN user_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sessions.users_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY audit.events ATTACH PARTITION audit.events_rest DEFAULT;

ALTER TABLE ONLY ivr.legacy_days ATTACH PARTITION ivr.legacy_days_1 FOR VALUES IN ('1');

ALTER TABLE ONLY ivr.legacy_days ATTACH PARTITION ivr.legacy_days_2 FOR VALUES IN ('2');

ALTER TABLE ONLY ivr.legacy_days ATTACH PARTITION ivr.legacy_days_3 FOR VALUES IN ('3');

ALTER TABLE ONLY ivr.legacy_days ATTACH PARTITION ivr.legacy_days_4 FOR VALUES IN ('4');

ALTER TABLE ONLY ivr.legacy_months ATTACH PARTITION ivr.legacy_months_1 FOR VALUES IN ('1');

ALTER TABLE ONLY ivr.legacy_months ATTACH PARTITION ivr.legacy_months_2 FOR VALUES IN ('2');

ALTER TABLE ONLY ivr.legacy_months ATTACH PARTITION ivr.legacy_months_3 FOR VALUES IN ('3');

ALTER TABLE ONLY ivr.legacy_months ATTACH PARTITION ivr.legacy_months_4 FOR VALUES IN ('4');

ALTER TABLE ONLY analytics.alert_rules
    ADD CONSTRAINT alert_rules_pkey PRIMARY KEY (rule_id);

ALTER TABLE ONLY analytics.alert_subscriptions
    ADD CONSTRAINT alert_subscriptions_pkey PRIMARY KEY (rule_id, user_id);

ALTER TABLE ONLY analytics.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (alert_id);

ALTER TABLE ONLY analytics.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (export_id);

ALTER TABLE ONLY analytics.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY analytics.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (schedule_id);

ALTER TABLE ONLY analytics.view_shares
    ADD CONSTRAINT view_shares_pkey PRIMARY KEY (share_id);

ALTER TABLE ONLY analytics.views
    ADD CONSTRAINT views_pkey PRIMARY KEY (view_id);

ALTER TABLE ONLY audit.chain
    ADD CONSTRAINT chain_pkey PRIMARY KEY (chain_id);

ALTER TABLE ONLY audit.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (event_id, at);

ALTER TABLE ONLY audit.events_rest
    ADD CONSTRAINT events_rest_pkey PRIMARY KEY (event_id, at);

ALTER TABLE ONLY audit.seals
    ADD CONSTRAINT seals_event_id_key UNIQUE (event_id);

ALTER TABLE ONLY audit.seals
    ADD CONSTRAINT seals_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY audit.unsealed
    ADD CONSTRAINT unsealed_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY dora.deployments
    ADD CONSTRAINT deployments_pkey PRIMARY KEY (deployment_id);

ALTER TABLE ONLY dora.deployments
    ADD CONSTRAINT deployments_source_service_environment_external_id_key UNIQUE (source, service, environment, external_id);

ALTER TABLE ONLY dora.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY dora.events
    ADD CONSTRAINT events_source_sender_idempotency_key_key UNIQUE (source, sender, idempotency_key);

ALTER TABLE ONLY dora.incidents
    ADD CONSTRAINT incidents_entity_key_key UNIQUE (entity_key);

ALTER TABLE ONLY dora.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (incident_id);

ALTER TABLE ONLY dora.pull_requests
    ADD CONSTRAINT pull_requests_pkey PRIMARY KEY (entity_key);

ALTER TABLE ONLY dora.readings
    ADD CONSTRAINT readings_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY dora.repositories
    ADD CONSTRAINT repositories_name_key UNIQUE (name);

ALTER TABLE ONLY dora.repositories
    ADD CONSTRAINT repositories_pkey PRIMARY KEY (repository_id);

ALTER TABLE ONLY dora.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (version);

ALTER TABLE ONLY dora.tellings
    ADD CONSTRAINT tellings_pkey PRIMARY KEY (event_id, place);

ALTER TABLE ONLY dora.unread
    ADD CONSTRAINT unread_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY ivr.agent_events
    ADD CONSTRAINT agent_events_pkey PRIMARY KEY (source_id, stream, "position");

ALTER TABLE ONLY ivr.call_legs
    ADD CONSTRAINT call_legs_pkey PRIMARY KEY (leg_id, started_at, caller_id);

ALTER TABLE ONLY ivr.call_steps
    ADD CONSTRAINT call_steps_pkey PRIMARY KEY (caller_id, at, step_id);

ALTER TABLE ONLY ivr.caller_key_sources
    ADD CONSTRAINT caller_key_sources_pkey PRIMARY KEY (source_id, key_epoch);

ALTER TABLE ONLY ivr.caller_key_spans
    ADD CONSTRAINT caller_key_spans_pkey PRIMARY KEY (source_id, key_epoch);

ALTER TABLE ONLY ivr.caller_keys
    ADD CONSTRAINT caller_keys_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY ivr.caller_keys
    ADD CONSTRAINT caller_keys_pkey PRIMARY KEY (key_epoch);

ALTER TABLE ONLY ivr.cel_kept_events
    ADD CONSTRAINT cel_kept_events_pkey PRIMARY KEY (source_id, stream, "position");

ALTER TABLE ONLY ivr.centres
    ADD CONSTRAINT centres_centre_key UNIQUE (centre);

ALTER TABLE ONLY ivr.centres
    ADD CONSTRAINT centres_pkey PRIMARY KEY (centre_id);

ALTER TABLE ONLY ivr.data_versions
    ADD CONSTRAINT data_versions_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY ivr.detail_gaps
    ADD CONSTRAINT detail_gaps_pkey PRIMARY KEY (source_id, stream, first_position);

ALTER TABLE ONLY ivr.detail_streams
    ADD CONSTRAINT detail_streams_pkey PRIMARY KEY (source_id, stream);

ALTER TABLE ONLY ivr.dids
    ADD CONSTRAINT dids_did_key UNIQUE (did);

ALTER TABLE ONLY ivr.dids
    ADD CONSTRAINT dids_pkey PRIMARY KEY (did_id);

ALTER TABLE ONLY ivr.dimension_changes
    ADD CONSTRAINT dimension_changes_pkey PRIMARY KEY (change_id);

ALTER TABLE ONLY ivr.holidays
    ADD CONSTRAINT holidays_pkey PRIMARY KEY (day);

ALTER TABLE ONLY ivr.label_sets
    ADD CONSTRAINT label_sets_labels_key UNIQUE (labels);

ALTER TABLE ONLY ivr.label_sets
    ADD CONSTRAINT label_sets_pkey PRIMARY KEY (label_set_id);

ALTER TABLE ONLY ivr.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY ivr.legacy_caller_days
    ADD CONSTRAINT legacy_caller_days_pkey PRIMARY KEY (day, did_id, unit_id);

ALTER TABLE ONLY ivr.legacy_caller_month_sketches
    ADD CONSTRAINT legacy_caller_month_sketches_pkey PRIMARY KEY (month, did_id, source_id);

ALTER TABLE ONLY ivr.legacy_caller_months
    ADD CONSTRAINT legacy_caller_months_pkey PRIMARY KEY (month, did_id, shard, source_id);

ALTER TABLE ONLY ivr.legacy_cells
    ADD CONSTRAINT legacy_cells_grain_did_id_menu_id_option_id_centre_id_menu__key UNIQUE NULLS NOT DISTINCT (grain, did_id, menu_id, option_id, centre_id, menu_abandoned);

ALTER TABLE ONLY ivr.legacy_cells
    ADD CONSTRAINT legacy_cells_pkey PRIMARY KEY (cell_id);

ALTER TABLE ONLY ivr.legacy_day_totals
    ADD CONSTRAINT legacy_day_totals_pkey PRIMARY KEY (day, unit_id, menu_abandoned);

ALTER TABLE ONLY ivr.legacy_days
    ADD CONSTRAINT legacy_days_pkey PRIMARY KEY (grain, day, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_days_1
    ADD CONSTRAINT legacy_days_1_pkey PRIMARY KEY (grain, day, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_days_2
    ADD CONSTRAINT legacy_days_2_pkey PRIMARY KEY (grain, day, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_days_3
    ADD CONSTRAINT legacy_days_3_pkey PRIMARY KEY (grain, day, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_days_4
    ADD CONSTRAINT legacy_days_4_pkey PRIMARY KEY (grain, day, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_hours
    ADD CONSTRAINT legacy_hours_pkey PRIMARY KEY (bucket, cell_id, unit_id) INCLUDE (source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times);

ALTER TABLE ONLY ivr.legacy_menu_months
    ADD CONSTRAINT legacy_menu_months_pkey PRIMARY KEY (month, menu_id, source_id);

ALTER TABLE ONLY ivr.legacy_month_hours
    ADD CONSTRAINT legacy_month_hours_pkey PRIMARY KEY (month, did_id, week_hour, source_id);

ALTER TABLE ONLY ivr.legacy_months
    ADD CONSTRAINT legacy_months_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_months_1
    ADD CONSTRAINT legacy_months_1_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_months_2
    ADD CONSTRAINT legacy_months_2_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_months_3
    ADD CONSTRAINT legacy_months_3_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_months_4
    ADD CONSTRAINT legacy_months_4_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_quarter_hours
    ADD CONSTRAINT legacy_quarter_hours_pkey PRIMARY KEY (bucket, cell_id, unit_id);

ALTER TABLE ONLY ivr.legacy_repeat_days
    ADD CONSTRAINT legacy_repeat_days_pkey PRIMARY KEY (day, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_repeat_months
    ADD CONSTRAINT legacy_repeat_months_pkey PRIMARY KEY (month, cell_id, source_id);

ALTER TABLE ONLY ivr.legacy_unique_callers
    ADD CONSTRAINT legacy_unique_callers_source_id_period_since_segment_key UNIQUE NULLS NOT DISTINCT (source_id, period, since, segment);

ALTER TABLE ONLY ivr.menus
    ADD CONSTRAINT menus_menu_key_key UNIQUE (menu_key);

ALTER TABLE ONLY ivr.menus
    ADD CONSTRAINT menus_pkey PRIMARY KEY (menu_id);

ALTER TABLE ONLY ivr.month_hours_zones
    ADD CONSTRAINT month_hours_zones_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY ivr.options
    ADD CONSTRAINT options_option_key UNIQUE (option);

ALTER TABLE ONLY ivr.options
    ADD CONSTRAINT options_pkey PRIMARY KEY (option_id);

ALTER TABLE ONLY ivr.queue_agent_months
    ADD CONSTRAINT queue_agent_months_month_source_id_agent_key UNIQUE NULLS NOT DISTINCT (month, source_id, agent);

ALTER TABLE ONLY ivr.queue_caller_days
    ADD CONSTRAINT queue_caller_days_pkey PRIMARY KEY (day, queue, source_id);

ALTER TABLE ONLY ivr.queue_calls
    ADD CONSTRAINT queue_calls_pkey PRIMARY KEY (caller_id, entered_at, call_id);

ALTER TABLE ONLY ivr.queue_cells
    ADD CONSTRAINT queue_cells_grain_queue_agent_key UNIQUE NULLS NOT DISTINCT (grain, queue, agent);

ALTER TABLE ONLY ivr.queue_cells
    ADD CONSTRAINT queue_cells_pkey PRIMARY KEY (cell_id);

ALTER TABLE ONLY ivr.queue_day_totals
    ADD CONSTRAINT queue_day_totals_pkey PRIMARY KEY (day, source_id);

ALTER TABLE ONLY ivr.queue_day_versions
    ADD CONSTRAINT queue_day_versions_pkey PRIMARY KEY (source_id, day);

ALTER TABLE ONLY ivr.queue_days
    ADD CONSTRAINT queue_days_pkey PRIMARY KEY (grain, day, cell_id, source_id);

ALTER TABLE ONLY ivr.queue_hours
    ADD CONSTRAINT queue_hours_pkey PRIMARY KEY (bucket, cell_id, source_id) INCLUDE (offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers, ring_no_answer);

ALTER TABLE ONLY ivr.queue_kept_calls
    ADD CONSTRAINT queue_kept_calls_pkey PRIMARY KEY (source_id, callid);

ALTER TABLE ONLY ivr.queue_kept_events
    ADD CONSTRAINT queue_kept_events_pkey PRIMARY KEY (source_id, stream, "position");

ALTER TABLE ONLY ivr.queue_month_hours
    ADD CONSTRAINT queue_month_hours_pkey PRIMARY KEY (month, cell_id, week_hour, source_id);

ALTER TABLE ONLY ivr.queue_months
    ADD CONSTRAINT queue_months_pkey PRIMARY KEY (grain, month, cell_id, source_id);

ALTER TABLE ONLY ivr.queue_names
    ADD CONSTRAINT queue_names_name_key UNIQUE (name);

ALTER TABLE ONLY ivr.queue_names
    ADD CONSTRAINT queue_names_pkey PRIMARY KEY (name_id);

ALTER TABLE ONLY ivr.queue_quarter_hours
    ADD CONSTRAINT queue_quarter_hours_pkey PRIMARY KEY (bucket, cell_id, source_id);

ALTER TABLE ONLY ivr.queue_read_blocks
    ADD CONSTRAINT queue_read_blocks_pkey PRIMARY KEY (source_id, stream, block);

ALTER TABLE ONLY ivr.queue_recent_ids
    ADD CONSTRAINT queue_recent_ids_pkey PRIMARY KEY (source_id, stream, "position");

ALTER TABLE ONLY ivr.queue_repeat_days
    ADD CONSTRAINT queue_repeat_days_pkey PRIMARY KEY (day, cell_id, source_id);

ALTER TABLE ONLY ivr.queue_streams
    ADD CONSTRAINT queue_streams_pkey PRIMARY KEY (source_id, stream);

ALTER TABLE ONLY ivr.queue_unique_callers
    ADD CONSTRAINT queue_unique_callers_source_id_period_since_queue_key UNIQUE NULLS NOT DISTINCT (source_id, period, since, queue);

ALTER TABLE ONLY ivr.reconciliation_cells
    ADD CONSTRAINT reconciliation_cells_pkey PRIMARY KEY (reconciliation_id, part, source_table, day, name);

ALTER TABLE ONLY ivr.reconciliations
    ADD CONSTRAINT reconciliations_pkey PRIMARY KEY (reconciliation_id);

ALTER TABLE ONLY ivr.rejects
    ADD CONSTRAINT rejects_pkey PRIMARY KEY (reject_id);

ALTER TABLE ONLY ivr.removed_months
    ADD CONSTRAINT removed_months_pkey PRIMARY KEY (month, parent);

ALTER TABLE ONLY ivr.retention_holds
    ADD CONSTRAINT retention_holds_pkey PRIMARY KEY (hold_id);

ALTER TABLE ONLY ivr.rollup_states
    ADD CONSTRAINT rollup_states_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY ivr.run_units
    ADD CONSTRAINT run_units_pkey PRIMARY KEY (run_id, source_table, unit_date);

ALTER TABLE ONLY ivr.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY ivr.source_columns
    ADD CONSTRAINT source_columns_pkey PRIMARY KEY (source_id, source_table, name);

ALTER TABLE ONLY ivr.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY ivr.sources
    ADD CONSTRAINT sources_source_key UNIQUE (source);

ALTER TABLE ONLY ivr.totals_missing
    ADD CONSTRAINT totals_missing_pkey PRIMARY KEY (rollup, since, unit_id, source_id);

ALTER TABLE ONLY ivr.units
    ADD CONSTRAINT units_pkey PRIMARY KEY (unit_id);

ALTER TABLE ONLY ivr.units
    ADD CONSTRAINT units_source_id_source_table_unit_date_key UNIQUE (source_id, source_table, unit_date);

ALTER TABLE ONLY ivr.zone_checks
    ADD CONSTRAINT zone_checks_pkey PRIMARY KEY (source_id, source_table);

ALTER TABLE ONLY sessions.functions
    ADD CONSTRAINT functions_name_key UNIQUE (name);

ALTER TABLE ONLY sessions.functions
    ADD CONSTRAINT functions_pkey PRIMARY KEY (code);

ALTER TABLE ONLY sessions.group_functions
    ADD CONSTRAINT group_functions_pkey PRIMARY KEY (group_code, function_code);

ALTER TABLE ONLY sessions.groups
    ADD CONSTRAINT groups_name_key UNIQUE (name);

ALTER TABLE ONLY sessions.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (code);

ALTER TABLE ONLY sessions.known_networks
    ADD CONSTRAINT known_networks_pkey PRIMARY KEY (user_id, network);

ALTER TABLE ONLY sessions.one_time_codes
    ADD CONSTRAINT one_time_codes_pkey PRIMARY KEY (code_hash);

ALTER TABLE ONLY sessions.separation_rule_functions
    ADD CONSTRAINT separation_rule_functions_pkey PRIMARY KEY (rule_code, side, function_code);

ALTER TABLE ONLY sessions.separation_rules
    ADD CONSTRAINT separation_rules_pkey PRIMARY KEY (code);

ALTER TABLE ONLY sessions.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY sessions.sessions
    ADD CONSTRAINT sessions_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY sessions.sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (account_key, network);

ALTER TABLE ONLY sessions.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY sessions.tokens
    ADD CONSTRAINT tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY sessions.user_exceptions
    ADD CONSTRAINT user_exceptions_pkey PRIMARY KEY (exception_id);

ALTER TABLE ONLY sessions.user_groups
    ADD CONSTRAINT user_groups_pkey PRIMARY KEY (assignment_id);

ALTER TABLE ONLY sessions.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY sessions.users
    ADD CONSTRAINT users_username_key UNIQUE (username);

CREATE INDEX alert_rules_active ON analytics.alert_rules USING btree (rule_id) WHERE (state = 'active'::text);

CREATE UNIQUE INDEX alert_rules_name ON analytics.alert_rules USING btree (user_id, name);

CREATE INDEX alerts_by_age ON analytics.alerts USING btree (opened_at);

CREATE INDEX alerts_by_rule ON analytics.alerts USING btree (rule_id, opened_at);

CREATE UNIQUE INDEX alerts_open ON analytics.alerts USING btree (rule_id) WHERE (resolved_at IS NULL);

CREATE INDEX exports_by_person ON analytics.exports USING btree (user_id, export_id);

CREATE UNIQUE INDEX exports_idempotency ON analytics.exports USING btree (user_id, idempotency_key);

CREATE INDEX exports_open ON analytics.exports USING btree (export_id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX exports_untold ON analytics.exports USING btree (export_id) WHERE ((schedule_id IS NOT NULL) AND (NOT schedule_told));

CREATE INDEX messages_by_age ON analytics.messages USING btree (created_at);

CREATE INDEX messages_by_person ON analytics.messages USING btree (user_id, message_id);

CREATE INDEX schedules_due ON analytics.schedules USING btree (next_at) WHERE (state = 'active'::text);

CREATE UNIQUE INDEX schedules_name ON analytics.schedules USING btree (user_id, name);

CREATE INDEX view_shares_by_group ON analytics.view_shares USING btree (group_code) WHERE (group_code IS NOT NULL);

CREATE INDEX view_shares_by_person ON analytics.view_shares USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE UNIQUE INDEX view_shares_group ON analytics.view_shares USING btree (view_id, group_code) WHERE (group_code IS NOT NULL);

CREATE UNIQUE INDEX view_shares_person ON analytics.view_shares USING btree (view_id, user_id) WHERE (user_id IS NOT NULL);

CREATE UNIQUE INDEX views_default ON analytics.views USING btree (user_id) WHERE is_default;

CREATE UNIQUE INDEX views_name ON analytics.views USING btree (user_id, name);

CREATE INDEX events_by_actor ON ONLY audit.events USING btree (actor_id, at, event_id);

CREATE INDEX events_by_name ON ONLY audit.events USING btree (event, at, event_id);

CREATE INDEX events_by_request ON ONLY audit.events USING btree (request_id) WHERE (request_id IS NOT NULL);

CREATE INDEX events_by_service ON ONLY audit.events USING btree (service, at, event_id);

CREATE INDEX events_by_target ON ONLY audit.events USING btree (target_kind, target_id, at, event_id);

CREATE INDEX events_by_time ON ONLY audit.events USING btree (at, event_id);

CREATE INDEX events_rest_actor_id_at_event_id_idx ON audit.events_rest USING btree (actor_id, at, event_id);

CREATE INDEX events_rest_at_event_id_idx ON audit.events_rest USING btree (at, event_id);

CREATE INDEX events_rest_event_at_event_id_idx ON audit.events_rest USING btree (event, at, event_id);

CREATE INDEX events_rest_request_id_idx ON audit.events_rest USING btree (request_id) WHERE (request_id IS NOT NULL);

CREATE INDEX events_rest_service_at_event_id_idx ON audit.events_rest USING btree (service, at, event_id);

CREATE INDEX events_rest_target_kind_target_id_at_event_id_idx ON audit.events_rest USING btree (target_kind, target_id, at, event_id);

CREATE INDEX deployments_by_component ON dora.deployments USING gin (components jsonb_path_ops) WHERE (components <> '[]'::jsonb);

CREATE INDEX deployments_by_deployed_at ON dora.deployments USING btree (environment, deployed_at) WHERE (deployed_at IS NOT NULL);

CREATE UNIQUE INDEX deployments_by_entity ON dora.deployments USING btree (entity_key);

CREATE INDEX deployments_by_environment ON dora.deployments USING btree (environment, service, occurred_at);

CREATE INDEX deployments_by_repository ON dora.deployments USING btree (repository, deployed_at);

CREATE INDEX deployments_by_time ON dora.deployments USING btree (occurred_at, deployment_id);

CREATE UNIQUE INDEX events_by_body ON dora.events USING btree (source, body_sha256) WHERE ((sender = 'webhook'::text) AND (source <> 'cdevents'::text));

CREATE INDEX events_by_time ON dora.events USING btree (received_at);

CREATE INDEX incidents_by_time ON dora.incidents USING btree (environment, detected_at);

CREATE INDEX pull_requests_by_repository ON dora.pull_requests USING btree (repository);

CREATE INDEX readings_by_rules ON dora.readings USING btree (rules);

CREATE INDEX tellings_by_entity ON dora.tellings USING btree (kind, entity_key);

CREATE INDEX agent_events_source_id_agent_at_idx ON ivr.agent_events USING btree (source_id, agent, at);

CREATE INDEX agent_spans_source_id_agent_since_idx ON ivr.agent_spans USING btree (source_id, agent, since);

CREATE INDEX agent_spans_source_id_since_idx ON ivr.agent_spans USING btree (source_id, since);

CREATE INDEX call_legs_linked_id ON ONLY ivr.call_legs USING btree (linked_id);

CREATE INDEX call_legs_started_at ON ONLY ivr.call_legs USING brin (started_at) WITH (pages_per_range='32');

CREATE INDEX call_legs_unique_id ON ONLY ivr.call_legs USING btree (unique_id) WHERE (unique_id <> linked_id);

CREATE INDEX call_steps_at ON ONLY ivr.call_steps USING brin (at) WITH (pages_per_range='32');

CREATE INDEX call_steps_linked_id ON ONLY ivr.call_steps USING btree (linked_id);

CREATE UNIQUE INDEX caller_keys_one_of_each ON ivr.caller_keys USING btree (state) WHERE (state = ANY (ARRAY['renewing'::text, 'current'::text]));

CREATE INDEX cel_kept_events_source_id_linked_id_idx ON ivr.cel_kept_events USING btree (source_id, linked_id);

CREATE INDEX dimension_changes_change_id_idx ON ivr.dimension_changes USING btree (change_id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX queue_calls_entered_at ON ONLY ivr.queue_calls USING btree (entered_at);

CREATE INDEX reconciliation_rows_reconciliation_id_idx ON ivr.reconciliation_rows USING btree (reconciliation_id);

CREATE UNIQUE INDEX reconciliations_one_per_source ON ivr.reconciliations USING btree (source_id) WHERE (state = 'running'::text);

CREATE INDEX reconciliations_source_id_reconciliation_id_idx ON ivr.reconciliations USING btree (source_id, reconciliation_id DESC);

CREATE INDEX rejects_source_id_source_table_unit_date_idx ON ivr.rejects USING btree (source_id, source_table, unit_date);

CREATE INDEX runs_finished_empty ON ivr.runs USING btree (finished_at) WHERE ((requested_by = 'schedule'::text) AND (state = 'succeeded'::text) AND (((rows_published + rows_held) + rows_rejected) = 0));

CREATE UNIQUE INDEX runs_one_per_source ON ivr.runs USING btree (source_id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE UNIQUE INDEX runs_requested_by_idempotency_key_idx ON ivr.runs USING btree (requested_by, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX runs_source_id_run_id_idx ON ivr.runs USING btree (source_id, run_id DESC);

CREATE INDEX known_networks_by_network ON sessions.known_networks USING btree (network);

CREATE INDEX one_time_codes_open_by_user ON sessions.one_time_codes USING btree (user_id) WHERE ((used_at IS NULL) AND (voided_at IS NULL));

CREATE INDEX sessions_live_by_age ON sessions.sessions USING btree (last_seen_at) WHERE (revoked_at IS NULL);

CREATE INDEX sessions_live_by_user ON sessions.sessions USING btree (user_id) WHERE (revoked_at IS NULL);

CREATE INDEX sign_in_failures_by_age ON sessions.sign_in_failures USING btree (updated_at);

CREATE INDEX tokens_live_by_user ON sessions.tokens USING btree (user_id) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX user_exceptions_live ON sessions.user_exceptions USING btree (user_id, function_code, effect) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX user_groups_live ON sessions.user_groups USING btree (user_id, group_code) WHERE (revoked_at IS NULL);

ALTER INDEX audit.events_by_actor ATTACH PARTITION audit.events_rest_actor_id_at_event_id_idx;

ALTER INDEX audit.events_by_time ATTACH PARTITION audit.events_rest_at_event_id_idx;

ALTER INDEX audit.events_by_name ATTACH PARTITION audit.events_rest_event_at_event_id_idx;

ALTER INDEX audit.events_pkey ATTACH PARTITION audit.events_rest_pkey;

ALTER INDEX audit.events_by_request ATTACH PARTITION audit.events_rest_request_id_idx;

ALTER INDEX audit.events_by_service ATTACH PARTITION audit.events_rest_service_at_event_id_idx;

ALTER INDEX audit.events_by_target ATTACH PARTITION audit.events_rest_target_kind_target_id_at_event_id_idx;

ALTER INDEX ivr.legacy_days_pkey ATTACH PARTITION ivr.legacy_days_1_pkey;

ALTER INDEX ivr.legacy_days_pkey ATTACH PARTITION ivr.legacy_days_2_pkey;

ALTER INDEX ivr.legacy_days_pkey ATTACH PARTITION ivr.legacy_days_3_pkey;

ALTER INDEX ivr.legacy_days_pkey ATTACH PARTITION ivr.legacy_days_4_pkey;

ALTER INDEX ivr.legacy_months_pkey ATTACH PARTITION ivr.legacy_months_1_pkey;

ALTER INDEX ivr.legacy_months_pkey ATTACH PARTITION ivr.legacy_months_2_pkey;

ALTER INDEX ivr.legacy_months_pkey ATTACH PARTITION ivr.legacy_months_3_pkey;

ALTER INDEX ivr.legacy_months_pkey ATTACH PARTITION ivr.legacy_months_4_pkey;

CREATE TRIGGER chain_append_only BEFORE INSERT OR DELETE OR UPDATE ON audit.chain FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE ON audit.events FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON audit.events FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER events_rest_no_truncate BEFORE TRUNCATE ON audit.events_rest FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER seals_append_only BEFORE DELETE OR UPDATE ON audit.seals FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER seals_no_truncate BEFORE TRUNCATE ON audit.seals FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE TRIGGER add_to_month_hours AFTER INSERT ON ivr.legacy_hours REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_month_hours();

CREATE TRIGGER add_to_month_hours AFTER INSERT ON ivr.queue_hours REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_queue_month_hours();

CREATE TRIGGER add_to_repeat_months AFTER INSERT ON ivr.legacy_repeat_days REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_repeat_months();

CREATE TRIGGER forget_agents_of_added AFTER INSERT ON ivr.queue_months REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.forget_queue_agent_months();

CREATE TRIGGER forget_agents_of_removed AFTER DELETE ON ivr.queue_months REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.forget_queue_agent_months();

CREATE TRIGGER forget_menus AFTER INSERT OR DELETE OR UPDATE ON ivr.legacy_months_2 FOR EACH ROW EXECUTE FUNCTION ivr.forget_legacy_menu_month();

CREATE TRIGGER forget_total AFTER INSERT OR DELETE OR UPDATE ON ivr.legacy_days_1 FOR EACH ROW EXECUTE FUNCTION ivr.forget_legacy_day_total();

CREATE TRIGGER move_days_added AFTER INSERT ON ivr.queue_days REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.move_queue_days();

CREATE TRIGGER move_days_removed AFTER DELETE ON ivr.queue_days REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.move_queue_days();

CREATE TRIGGER refuse_uncounted_change BEFORE TRUNCATE ON ivr.legacy_days FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.legacy_hours FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE TRUNCATE ON ivr.legacy_months FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.legacy_repeat_days FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_days FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_hours FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER refuse_uncounted_change BEFORE UPDATE OR TRUNCATE ON ivr.queue_months FOR EACH STATEMENT EXECUTE FUNCTION ivr.refuse_uncounted_change();

CREATE TRIGGER take_from_month_hours AFTER DELETE ON ivr.legacy_hours REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_month_hours();

CREATE TRIGGER take_from_month_hours AFTER DELETE ON ivr.queue_hours REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_queue_month_hours();

CREATE TRIGGER take_from_repeat_months AFTER DELETE ON ivr.legacy_repeat_days REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ivr.add_legacy_repeat_months();

CREATE TRIGGER group_functions_announced AFTER INSERT OR DELETE OR UPDATE ON sessions.group_functions FOR EACH STATEMENT EXECUTE FUNCTION sessions.announce_all();

CREATE TRIGGER groups_announced AFTER UPDATE ON sessions.groups FOR EACH STATEMENT EXECUTE FUNCTION sessions.announce_all();

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.group_functions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.user_exceptions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.user_groups REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.group_functions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();

CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.groups REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();

CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.user_exceptions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.user_groups REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.group_functions REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();

CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.user_exceptions REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.user_groups REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER sessions_announced AFTER UPDATE OF revoked_at ON sessions.sessions FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL) AND (new.revoke_reason <> ALL (ARRAY['IDLE'::text, 'EXPIRED'::text])))) EXECUTE FUNCTION sessions.announce_secret();

CREATE TRIGGER tokens_announced AFTER UPDATE OF revoked_at ON sessions.tokens FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (new.revoked_at IS NOT NULL))) EXECUTE FUNCTION sessions.announce_secret();

CREATE TRIGGER user_exceptions_announced AFTER INSERT OR UPDATE ON sessions.user_exceptions FOR EACH ROW EXECUTE FUNCTION sessions.announce_user();

CREATE TRIGGER user_groups_announced AFTER INSERT OR UPDATE ON sessions.user_groups FOR EACH ROW EXECUTE FUNCTION sessions.announce_user();

CREATE TRIGGER users_announced AFTER UPDATE ON sessions.users FOR EACH ROW WHEN ((((old.state IS DISTINCT FROM new.state) OR (old.segment IS DISTINCT FROM new.segment)) OR (old.must_change_password IS DISTINCT FROM new.must_change_password))) EXECUTE FUNCTION sessions.announce_user();

ALTER TABLE ONLY analytics.alert_subscriptions
    ADD CONSTRAINT alert_subscriptions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES analytics.alert_rules(rule_id) ON DELETE CASCADE;

ALTER TABLE ONLY analytics.view_shares
    ADD CONSTRAINT view_shares_view_id_fkey FOREIGN KEY (view_id) REFERENCES analytics.views(view_id) ON DELETE CASCADE;

ALTER TABLE ONLY dora.readings
    ADD CONSTRAINT readings_event_id_fkey FOREIGN KEY (event_id) REFERENCES dora.events(event_id);

ALTER TABLE ONLY dora.tellings
    ADD CONSTRAINT tellings_event_id_fkey FOREIGN KEY (event_id) REFERENCES dora.events(event_id);

ALTER TABLE ONLY dora.unread
    ADD CONSTRAINT unread_event_id_fkey FOREIGN KEY (event_id) REFERENCES dora.events(event_id);

ALTER TABLE ONLY ivr.agent_events
    ADD CONSTRAINT agent_events_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.agent_spans
    ADD CONSTRAINT agent_spans_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.caller_key_sources
    ADD CONSTRAINT caller_key_sources_key_epoch_fkey FOREIGN KEY (key_epoch) REFERENCES ivr.caller_keys(key_epoch);

ALTER TABLE ONLY ivr.caller_key_sources
    ADD CONSTRAINT caller_key_sources_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.caller_key_spans
    ADD CONSTRAINT caller_key_spans_key_epoch_fkey FOREIGN KEY (key_epoch) REFERENCES ivr.caller_keys(key_epoch);

ALTER TABLE ONLY ivr.caller_key_spans
    ADD CONSTRAINT caller_key_spans_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.cel_kept_events
    ADD CONSTRAINT cel_kept_events_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.data_versions
    ADD CONSTRAINT data_versions_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.detail_gaps
    ADD CONSTRAINT detail_gaps_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.detail_streams
    ADD CONSTRAINT detail_streams_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.leases
    ADD CONSTRAINT leases_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_day_versions
    ADD CONSTRAINT queue_day_versions_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_kept_calls
    ADD CONSTRAINT queue_kept_calls_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_kept_events
    ADD CONSTRAINT queue_kept_events_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_read_blocks
    ADD CONSTRAINT queue_read_blocks_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_recent_ids
    ADD CONSTRAINT queue_recent_ids_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.queue_streams
    ADD CONSTRAINT queue_streams_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.reconciliation_cells
    ADD CONSTRAINT reconciliation_cells_reconciliation_id_fkey FOREIGN KEY (reconciliation_id) REFERENCES ivr.reconciliations(reconciliation_id);

ALTER TABLE ONLY ivr.reconciliation_rows
    ADD CONSTRAINT reconciliation_rows_reconciliation_id_fkey FOREIGN KEY (reconciliation_id) REFERENCES ivr.reconciliations(reconciliation_id);

ALTER TABLE ONLY ivr.reconciliations
    ADD CONSTRAINT reconciliations_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.rejects
    ADD CONSTRAINT rejects_run_id_fkey FOREIGN KEY (run_id) REFERENCES ivr.runs(run_id);

ALTER TABLE ONLY ivr.rejects
    ADD CONSTRAINT rejects_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.rollup_states
    ADD CONSTRAINT rollup_states_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.run_units
    ADD CONSTRAINT run_units_run_id_fkey FOREIGN KEY (run_id) REFERENCES ivr.runs(run_id);

ALTER TABLE ONLY ivr.runs
    ADD CONSTRAINT runs_key_epoch_fkey FOREIGN KEY (key_epoch) REFERENCES ivr.caller_keys(key_epoch);

ALTER TABLE ONLY ivr.runs
    ADD CONSTRAINT runs_retry_of_fkey FOREIGN KEY (retry_of) REFERENCES ivr.runs(run_id);

ALTER TABLE ONLY ivr.runs
    ADD CONSTRAINT runs_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.source_columns
    ADD CONSTRAINT source_columns_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.units
    ADD CONSTRAINT units_key_epoch_fkey FOREIGN KEY (key_epoch) REFERENCES ivr.caller_keys(key_epoch);

ALTER TABLE ONLY ivr.units
    ADD CONSTRAINT units_published_by_fkey FOREIGN KEY (published_by) REFERENCES ivr.runs(run_id);

ALTER TABLE ONLY ivr.units
    ADD CONSTRAINT units_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY ivr.zone_checks
    ADD CONSTRAINT zone_checks_source_id_fkey FOREIGN KEY (source_id) REFERENCES ivr.sources(source_id);

ALTER TABLE ONLY sessions.group_functions
    ADD CONSTRAINT group_functions_function_code_fkey FOREIGN KEY (function_code) REFERENCES sessions.functions(code);

ALTER TABLE ONLY sessions.group_functions
    ADD CONSTRAINT group_functions_group_code_fkey FOREIGN KEY (group_code) REFERENCES sessions.groups(code);

ALTER TABLE ONLY sessions.known_networks
    ADD CONSTRAINT known_networks_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.one_time_codes
    ADD CONSTRAINT one_time_codes_created_by_fkey FOREIGN KEY (created_by) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.one_time_codes
    ADD CONSTRAINT one_time_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.separation_rule_functions
    ADD CONSTRAINT separation_rule_functions_function_code_fkey FOREIGN KEY (function_code) REFERENCES sessions.functions(code);

ALTER TABLE ONLY sessions.separation_rule_functions
    ADD CONSTRAINT separation_rule_functions_rule_code_fkey FOREIGN KEY (rule_code) REFERENCES sessions.separation_rules(code);

ALTER TABLE ONLY sessions.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.tokens
    ADD CONSTRAINT tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_exceptions
    ADD CONSTRAINT user_exceptions_function_code_fkey FOREIGN KEY (function_code) REFERENCES sessions.functions(code);

ALTER TABLE ONLY sessions.user_exceptions
    ADD CONSTRAINT user_exceptions_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_exceptions
    ADD CONSTRAINT user_exceptions_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_exceptions
    ADD CONSTRAINT user_exceptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_groups
    ADD CONSTRAINT user_groups_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_groups
    ADD CONSTRAINT user_groups_group_code_fkey FOREIGN KEY (group_code) REFERENCES sessions.groups(code);

ALTER TABLE ONLY sessions.user_groups
    ADD CONSTRAINT user_groups_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES sessions.users(user_id);

ALTER TABLE ONLY sessions.user_groups
    ADD CONSTRAINT user_groups_user_id_fkey FOREIGN KEY (user_id) REFERENCES sessions.users(user_id);

GRANT USAGE ON SCHEMA analytics TO iact_analytics;

GRANT USAGE ON SCHEMA audit TO iact_sessions;

GRANT USAGE ON SCHEMA audit TO iact_ivr;

GRANT USAGE ON SCHEMA audit TO iact_analytics;

GRANT USAGE ON SCHEMA audit TO iact_dora;

GRANT USAGE ON SCHEMA dora TO iact_dora;

GRANT USAGE ON SCHEMA ivr TO iact_ivr;

GRANT USAGE ON SCHEMA ivr TO iact_analytics;

GRANT USAGE ON SCHEMA sessions TO iact_sessions;

REVOKE ALL ON FUNCTION analytics.groups_v1() FROM PUBLIC;

GRANT ALL ON FUNCTION analytics.groups_v1() TO iact_analytics;

REVOKE ALL ON FUNCTION analytics.person_named_v1(name text) FROM PUBLIC;

GRANT ALL ON FUNCTION analytics.person_named_v1(name text) TO iact_analytics;

REVOKE ALL ON FUNCTION analytics.person_v1(person bigint) FROM PUBLIC;

GRANT ALL ON FUNCTION analytics.person_v1(person bigint) TO iact_analytics;

REVOKE ALL ON FUNCTION audit.make_partitions(months_ahead integer) FROM PUBLIC;

GRANT ALL ON FUNCTION audit.make_partitions(months_ahead integer) TO iact_sessions;

REVOKE ALL ON FUNCTION audit.masked(value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) FROM PUBLIC;

GRANT ALL ON FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) TO iact_sessions;

GRANT ALL ON FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) TO iact_ivr;

GRANT ALL ON FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) TO iact_analytics;

GRANT ALL ON FUNCTION audit.record_event(event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb) TO iact_dora;

REVOKE ALL ON FUNCTION audit.seal(events_max integer) FROM PUBLIC;

GRANT ALL ON FUNCTION audit.seal(events_max integer) TO iact_sessions;

REVOKE ALL ON FUNCTION ivr.call_leg_hashes(source smallint) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.call_leg_hashes(source smallint) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.call_step_hashes(source smallint) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.call_step_hashes(source smallint) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.calls_kept_since() FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.calls_kept_since() TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.count_coarser(counted integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION ivr.count_month_hours(counted integer) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.count_month_hours(counted integer) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.ensure_month(parent text, month date) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.ensure_month(parent text, month date) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.index_month() FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.index_month() TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.legacy_call_hashes(source smallint) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.legacy_call_hashes(source smallint) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.legacy_cell_calls(units integer[], grains smallint[]) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.legacy_cell_calls(units integer[], grains smallint[]) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.queue_call_hashes(source smallint) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.queue_call_hashes(source smallint) TO iact_ivr;

REVOKE ALL ON FUNCTION ivr.settle_month(part text) FROM PUBLIC;

REVOKE ALL ON FUNCTION ivr.share_month_hours_zones(sources smallint[]) FROM PUBLIC;

GRANT ALL ON FUNCTION ivr.share_month_hours_zones(sources smallint[]) TO iact_ivr;

REVOKE ALL ON FUNCTION sessions.announce_all() FROM PUBLIC;

GRANT ALL ON FUNCTION sessions.announce_all() TO iact_sessions;

REVOKE ALL ON FUNCTION sessions.announce_secret() FROM PUBLIC;

GRANT ALL ON FUNCTION sessions.announce_secret() TO iact_sessions;

REVOKE ALL ON FUNCTION sessions.announce_user() FROM PUBLIC;

GRANT ALL ON FUNCTION sessions.announce_user() TO iact_sessions;

REVOKE ALL ON FUNCTION sessions.effective_functions(person bigint) FROM PUBLIC;

GRANT ALL ON FUNCTION sessions.effective_functions(person bigint) TO iact_sessions;

REVOKE ALL ON FUNCTION sessions.functions_end(person bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION sessions.keep_functions(people bigint[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION sessions.keep_functions_of_groups() FROM PUBLIC;

REVOKE ALL ON FUNCTION sessions.keep_functions_of_people() FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.alert_rules TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.alert_rules_rule_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.alert_subscriptions TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.alerts TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.alerts_alert_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.exports TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.exports_export_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.messages TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.messages_message_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.schedules TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.schedules_schedule_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.view_shares TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.view_shares_share_id_seq TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE analytics.views TO iact_analytics;

GRANT USAGE ON SEQUENCE analytics.views_view_id_seq TO iact_analytics;

GRANT SELECT ON TABLE audit.chain TO iact_sessions;

GRANT SELECT ON TABLE audit.events TO iact_sessions;

GRANT SELECT ON TABLE audit.seals TO iact_sessions;

GRANT SELECT ON TABLE audit.unsealed TO iact_sessions;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dora.deployments TO iact_dora;

GRANT SELECT,INSERT ON TABLE dora.events TO iact_dora;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dora.incidents TO iact_dora;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dora.pull_requests TO iact_dora;

GRANT SELECT,INSERT,DELETE ON TABLE dora.readings TO iact_dora;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dora.repositories TO iact_dora;

GRANT SELECT,INSERT ON TABLE dora.rules TO iact_dora;

GRANT SELECT,INSERT,DELETE ON TABLE dora.tellings TO iact_dora;

GRANT SELECT,INSERT,DELETE ON TABLE dora.unread TO iact_dora;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.agent_events TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.agent_spans TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.sources TO iact_ivr;

GRANT SELECT ON TABLE ivr.agent_spans_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.agent_spans_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.call_legs TO iact_ivr;

GRANT SELECT ON TABLE ivr.call_legs_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.call_legs_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.call_steps TO iact_ivr;

GRANT SELECT ON TABLE ivr.call_steps_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.call_steps_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.caller_key_sources TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.caller_key_spans TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.caller_keys TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.units TO iact_ivr;

GRANT SELECT ON TABLE ivr.caller_key_epochs_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.caller_key_epochs_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.cel_kept_events TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.centres TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.data_versions TO iact_ivr;

GRANT SELECT ON TABLE ivr.data_version_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.data_version_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_days TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_day_versions_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_day_versions_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_day_versions TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_day_versions_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_day_versions_v1 TO iact_ivr;

GRANT SELECT ON TABLE ivr.day_versions_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.day_versions_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.detail_gaps TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.detail_streams TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.dids TO iact_ivr;

GRANT SELECT ON TABLE ivr.dids_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.dids_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.dimension_changes TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.holidays TO iact_ivr;

GRANT SELECT ON TABLE ivr.holidays_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.holidays_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.label_sets TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.leases TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_caller_days TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_caller_month_sketches TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_caller_months TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_caller_sketches_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_caller_sketches_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_calls TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.menus TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.options TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_calls_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_calls_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_cells TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_day_totals TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.totals_missing TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_day_totals_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_day_totals_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_days_1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_days_2 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_days_3 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_days_4 TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_days_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_days_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_hours_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_menu_months TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_months TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_menu_months_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_menu_months_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_month_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_month_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_month_hours_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_months_1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_months_2 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_months_3 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_months_4 TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_months_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_months_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_quarter_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_quarter_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_quarter_hours_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_repeat_days TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_repeat_days_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_repeat_days_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_repeat_months TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_repeat_months_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_repeat_months_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.legacy_unique_callers TO iact_ivr;

GRANT SELECT ON TABLE ivr.legacy_unique_callers_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.legacy_unique_callers_v1 TO iact_ivr;

GRANT SELECT ON TABLE ivr.menus_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.menus_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.month_hours_zones TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_agent_months TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_cells TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_months TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_agent_months_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_agent_months_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_caller_days TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_caller_sketches_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_caller_sketches_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_calls TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_calls_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_calls_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_day_totals TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_days TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_day_totals_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_day_totals_v1 TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_days_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_days_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_hours_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_kept_calls TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_kept_events TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_month_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_month_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_month_hours_v1 TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_months_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_months_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_names TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_quarter_hours TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_quarter_hours_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_quarter_hours_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_read_blocks TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_recent_ids TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_repeat_days TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_repeat_days_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_repeat_days_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_streams TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.queue_unique_callers TO iact_ivr;

GRANT SELECT ON TABLE ivr.queue_unique_callers_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.queue_unique_callers_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.reconciliation_cells TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.reconciliation_rows TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.reconciliations TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.rejects TO iact_ivr;

GRANT SELECT ON TABLE ivr.removed_months TO iact_ivr;

GRANT SELECT ON TABLE ivr.removed_calls_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.removed_calls_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.rollup_states TO iact_ivr;

GRANT SELECT ON TABLE ivr.rollups_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.rollups_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.run_units TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.runs TO iact_ivr;

GRANT SELECT ON TABLE ivr.runs_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.runs_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.source_columns TO iact_ivr;

GRANT SELECT ON TABLE ivr.sources_v1 TO iact_analytics;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.sources_v1 TO iact_ivr;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ivr.zone_checks TO iact_ivr;

GRANT SELECT ON TABLE ivr.zone_checks_v1 TO iact_analytics;

GRANT SELECT ON TABLE ivr.zone_checks_v1 TO iact_ivr;

GRANT SELECT ON TABLE sessions.functions TO iact_sessions;

GRANT SELECT,INSERT,DELETE ON TABLE sessions.group_functions TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.groups TO iact_sessions;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE sessions.known_networks TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.one_time_codes TO iact_sessions;

GRANT SELECT,INSERT,DELETE ON TABLE sessions.separation_rule_functions TO iact_sessions;

GRANT SELECT,UPDATE ON TABLE sessions.separation_rules TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.sessions TO iact_sessions;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE sessions.sign_in_failures TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.tokens TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.user_exceptions TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.user_groups TO iact_sessions;

GRANT SELECT,INSERT,UPDATE ON TABLE sessions.users TO iact_sessions;

ALTER DEFAULT PRIVILEGES FOR ROLE iact_owner IN SCHEMA analytics GRANT USAGE ON SEQUENCES TO iact_analytics;

ALTER DEFAULT PRIVILEGES FOR ROLE iact_owner IN SCHEMA analytics GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES TO iact_analytics;
