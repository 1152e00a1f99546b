-- A month of legacy calls gets its BRIN index when its first load is over: to keep one up to date row by row took a third
-- of the COPY, and what that left was not summarized, so that it served no query before a vacuum.
SET LOCAL lock_timeout = '5s';

DROP INDEX ivr.legacy_calls_started_at;  -- of the parent, and so of every month

-- Indexes one month that has calls and no index; its partition, or null when there is none left or another run is at it.
CREATE FUNCTION ivr.index_month() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
REVOKE ALL ON FUNCTION ivr.index_month() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.index_month() TO iact_ivr;

DO $$
BEGIN
    WHILE ivr.index_month() IS NOT NULL LOOP
    END LOOP;
END $$;
