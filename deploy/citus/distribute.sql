-- Spreads the large tables of a migrated database over the workers; once, after nodes.sql, while the services are
-- stopped:  psql -d iact -v ON_ERROR_STOP=1 -f deploy/citus/distribute.sql
-- Run again it goes on where it stopped. docs/escala.md says why each table is what it is; a test holds this file to
-- the rules of Citus and to the tables that there are.
\set ON_ERROR_STOP on

-- What a table becomes. `by`: the column that decides the shard; it stands in every primary key and unique index.
-- `beside`: the table whose shards it shares the nodes with, so that a union of both is made where they lie.
CREATE TEMPORARY TABLE wanted (name text PRIMARY KEY, kind text NOT NULL, by text, beside text);
INSERT INTO wanted (name, kind, by, beside) VALUES
    -- Facts and what lies beneath them: all of one caller on one node, so different callers are counted where they lie.
    ('ivr.legacy_calls', 'distributed', 'caller_id', NULL),
    ('ivr.queue_calls', 'distributed', 'caller_id', 'ivr.legacy_calls'),
    ('ivr.call_legs', 'distributed', 'caller_id', 'ivr.legacy_calls'),
    ('ivr.call_steps', 'distributed', 'caller_id', 'ivr.legacy_calls'),
    -- Rollups: all of one cell on one node; those with triggers stay on the coordinator.
    ('ivr.legacy_quarter_hours', 'distributed', 'cell_id', NULL),
    ('ivr.queue_quarter_hours', 'distributed', 'cell_id', NULL),
    ('ivr.queue_repeat_days', 'distributed', 'cell_id', 'ivr.queue_quarter_hours'),
    -- Sets of callers.
    ('ivr.legacy_caller_days', 'distributed', 'did_id', NULL),
    ('ivr.legacy_caller_months', 'distributed', 'did_id', 'ivr.legacy_caller_days'),
    ('ivr.legacy_caller_month_sketches', 'distributed', 'did_id', 'ivr.legacy_caller_days'),
    -- What the large tables are joined with: whole on every node.
    ('ivr.sources', 'reference', NULL, NULL),
    ('ivr.units', 'reference', NULL, NULL),
    ('ivr.dids', 'reference', NULL, NULL),
    ('ivr.menus', 'reference', NULL, NULL),
    ('ivr.options', 'reference', NULL, NULL),
    ('ivr.centres', 'reference', NULL, NULL),
    ('ivr.label_sets', 'reference', NULL, NULL),
    ('ivr.holidays', 'reference', NULL, NULL),
    ('ivr.legacy_cells', 'reference', NULL, NULL),
    ('ivr.queue_cells', 'reference', NULL, NULL);

-- Citus refuses identity columns narrower than bigint; a sequence that goes on where the identity stands is the same
-- to the services, which never name these numbers themselves.
DO $$
DECLARE
    each record;
    last bigint;
BEGIN
    FOR each IN
        SELECT w.name, a.attname AS column_name, replace(w.name, 'ivr.', '') || '_' || a.attname || '_numbers' AS numbers,
               pg_get_serial_sequence(w.name, a.attname) AS identity
        FROM wanted AS w
        JOIN pg_attribute AS a ON a.attrelid = w.name::regclass
        WHERE w.kind = 'reference' AND a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype
    LOOP
        EXECUTE format('SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM %s', each.identity) INTO last;
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', each.name, each.column_name);
        EXECUTE format('CREATE SEQUENCE ivr.%I START %s', each.numbers, last);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT nextval(%L)', each.name, each.column_name,
                       'ivr.' || each.numbers);
        EXECUTE format('ALTER SEQUENCE ivr.%I OWNED BY %s.%I', each.numbers, each.name, each.column_name);
        EXECUTE format('GRANT USAGE ON SEQUENCE ivr.%I TO iact_ivr', each.numbers);
    END LOOP;
END $$;

SELECT create_reference_table(name::regclass)
FROM wanted
WHERE kind = 'reference' AND NOT EXISTS (SELECT FROM citus_tables AS t WHERE t.table_name = wanted.name::regclass);

SELECT create_distributed_table(name::regclass, by, colocate_with => 'none')
FROM wanted
WHERE kind = 'distributed' AND beside IS NULL
  AND NOT EXISTS (SELECT FROM citus_tables AS t WHERE t.table_name = wanted.name::regclass);

SELECT create_distributed_table(name::regclass, by, colocate_with => beside)
FROM wanted
WHERE kind = 'distributed' AND beside IS NOT NULL
  AND NOT EXISTS (SELECT FROM citus_tables AS t WHERE t.table_name = wanted.name::regclass);

SELECT table_name, citus_table_type, distribution_column, shard_count FROM citus_tables ORDER BY table_name::text;
