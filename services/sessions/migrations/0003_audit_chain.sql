-- The audit trail made tamper evident: a hash chain over its events, made by one sealer after the fact, so that whoever
-- records an event never waits for a lock; months in partitions of their own; indexes for reading.
SET LOCAL lock_timeout = '5s';

-- Which chain this is: anchors outside the database name it, so a trail that was dropped and begun anew is noticed.
CREATE TABLE audit.chain (
    chain_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    started_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO audit.chain DEFAULT VALUES;

-- One row per event that the sealer has not reached yet; usually none is older than a second.
CREATE TABLE audit.unsealed (
    event_id bigint      PRIMARY KEY,
    at       timestamptz NOT NULL
);
INSERT INTO audit.unsealed (event_id, at) SELECT event_id, at FROM audit.events;

-- One row per sealed event, without gaps: hash = SHA-256(hash of the row before, canonical text of the event).
CREATE TABLE audit.seals (
    position  bigint      PRIMARY KEY CHECK (position > 0),
    event_id  bigint      NOT NULL UNIQUE,
    at        timestamptz NOT NULL,
    sealed_at timestamptz NOT NULL,
    hash      bytea       NOT NULL CHECK (length(hash) = 32)
);

CREATE TRIGGER seals_append_only BEFORE UPDATE OR DELETE ON audit.seals
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER seals_no_truncate BEFORE TRUNCATE ON audit.seals
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER chain_append_only BEFORE INSERT OR UPDATE OR DELETE ON audit.chain
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
-- The trigger of the partitioned table stops a TRUNCATE of the whole only.
CREATE TRIGGER events_rest_no_truncate BEFORE TRUNCATE ON audit.events_rest
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Newest first, alone or by one of the things that people look for.
CREATE INDEX events_by_time ON audit.events (at, event_id);
CREATE INDEX events_by_name ON audit.events (event, at, event_id);
CREATE INDEX events_by_actor ON audit.events (actor_id, at, event_id);
CREATE INDEX events_by_target ON audit.events (target_kind, target_id, at, event_id);
CREATE INDEX events_by_service ON audit.events (service, at, event_id);
CREATE INDEX events_by_request ON audit.events (request_id) WHERE request_id IS NOT NULL;

-- What must never be kept, in case a caller slips: our own tokens, and ten digits in a row, which is a telephone.
CREATE FUNCTION audit.masked(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, audit AS $$
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

CREATE OR REPLACE FUNCTION audit.record_event(
    event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
    WITH added AS (
        INSERT INTO audit.events (service, event, actor_id, target_kind, target_id, request_id, address, details)
        VALUES (
            -- `role` survives SECURITY DEFINER; a service that logs in as itself has role "none".
            regexp_replace(
                CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END,
                '^iact_', ''
            ),
            event, actor_id, target_kind, target_id, request_id, address, audit.masked(coalesce(details, '{}'))
        )
        RETURNING event_id, at
    )
    INSERT INTO audit.unsealed (event_id, at) SELECT added.event_id, added.at FROM added RETURNING event_id
$$;

-- Seals at most `events_max` waiting events; how many. Null: another instance is at it.
CREATE FUNCTION audit.seal(events_max integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, audit AS $$
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

-- Makes the partitions of this month and of the next `months_ahead`; how many it made.
-- A month of which events lie in the rest already stays there: moving them would be a change.
CREATE FUNCTION audit.make_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, audit SET lock_timeout = '2s' SET timezone = 'UTC' AS $$
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

-- Now rather than when the service starts: to attach the month that is being written to would fail a writer.
SELECT audit.make_partitions(3);

REVOKE ALL ON FUNCTION audit.masked, audit.seal, audit.make_partitions FROM PUBLIC;
-- Who serves the trail reads and seals it; nobody but the owner's functions writes.
GRANT EXECUTE ON FUNCTION audit.seal, audit.make_partitions TO iact_sessions;
GRANT SELECT ON audit.events, audit.seals, audit.unsealed, audit.chain TO iact_sessions;
