-- Brings the tables back to the coordinator that distribute.sql spread before they had triggers; as superuser, while the
-- services are stopped, before the migrations of the release that brings ivr/0018 are run:
--   psql -d iact -v ON_ERROR_STOP=1 -f deploy/citus/undistribute.sql
-- All or nothing, and run again it finds nothing to do. The coordinator's disk needs room for these rows.
\set ON_ERROR_STOP on

BEGIN;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';

-- A table that comes back is another one, and views over it are made anew: what was granted is granted again.
CREATE TEMPORARY TABLE granted ON COMMIT DROP AS
SELECT format('GRANT %s ON %I.%I TO %I', a.privilege_type, n.nspname, c.relname, r.rolname) AS again
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
JOIN pg_roles AS r ON r.oid = a.grantee
WHERE n.nspname = 'ivr' AND c.relkind IN ('r', 'p', 'v') AND a.grantee <> c.relowner;

SELECT undistribute_table(t.table_name)
FROM citus_tables AS t
WHERE t.citus_table_type = 'distributed'
  AND t.table_name::text IN ('ivr.legacy_hours', 'ivr.legacy_days', 'ivr.legacy_months', 'ivr.legacy_repeat_days',
                             'ivr.queue_hours', 'ivr.queue_months');

DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT again FROM granted LOOP
        EXECUTE each.again;
    END LOOP;
END $$;
COMMIT;
