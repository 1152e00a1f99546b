-- When autovacuum looks at which table. By default it waits until a fifth of a table has changed: of a year of rollups that
-- is two months of rows that were written anew every ten seconds, which bloat it and leave index-only answers (0015) to
-- look into the heap.
SET LOCAL lock_timeout = '5s';

-- Rollups: rows of the newest days are deleted and written again with every publication.
DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'legacy_quarter_hours', 'legacy_hours', 'legacy_days_1', 'legacy_days_2', 'legacy_days_3', 'legacy_days_4',
        'legacy_months_1', 'legacy_months_2', 'legacy_months_3', 'legacy_months_4', 'legacy_repeat_days',
        'legacy_caller_days', 'legacy_unique_callers', 'queue_quarter_hours', 'queue_hours', 'queue_days', 'queue_months',
        'queue_repeat_days', 'queue_caller_days', 'queue_unique_callers'] LOOP
        EXECUTE format('ALTER TABLE ivr.%I SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)', part);
    END LOOP;
END $$;

-- Small tables that every run of every ten seconds writes to: looked at after so many changes, however large they are.
ALTER TABLE ivr.queue_kept_calls SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE ivr.queue_read_blocks SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE ivr.queue_day_versions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE ivr.runs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE ivr.run_units SET (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Months of calls: written once and read for years. The first vacuum freezes them, so that none has to read them again
-- when numbers of transactions run out, which would be in the middle of some day.
CREATE FUNCTION ivr.settle_month(part text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('ALTER TABLE ivr.%I SET (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_scale_factor = 0.05,
        autovacuum_analyze_scale_factor = 0.05)', part);
END $$;
REVOKE ALL ON FUNCTION ivr.settle_month(text) FROM PUBLIC;

DO $$
DECLARE
    part text;
BEGIN
    FOR part IN SELECT c.relname FROM pg_partitioned_table p JOIN pg_inherits i ON i.inhparent = p.partrelid
        JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class parent ON parent.oid = p.partrelid
        WHERE p.partstrat = 'r' AND parent.relnamespace = 'ivr'::regnamespace LOOP
        PERFORM ivr.settle_month(part);
    END LOOP;
END $$;

-- As before; a new month is settled before anybody sees it.
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
    PERFORM ivr.settle_month(part);
    EXECUTE format('ALTER TABLE ivr.%I ATTACH PARTITION ivr.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
                   since::timestamp AT TIME ZONE 'UTC', (since + interval '1 month')::timestamp AT TIME ZONE 'UTC');
END $$;
