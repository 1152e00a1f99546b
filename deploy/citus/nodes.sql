-- The nodes of a Citus cluster; on the coordinator, as superuser, in the database of IACT, before distribute.sql:
--   psql -d iact -v coordinator=10.0.0.10 -v workers=10.0.0.11,10.0.0.12 -f deploy/citus/nodes.sql
-- The coordinator keeps the small tables and plans; it holds no shards, so that a scan does not slow sign-ins down.
-- Every node needs PostgreSQL 16 with shared_preload_libraries = 'citus', the same roles (deploy/roles.sql), and an
-- entry in pg_hba.conf and .pgpass by which the others reach it.
\set ON_ERROR_STOP on

CREATE EXTENSION IF NOT EXISTS citus;

SELECT citus_set_coordinator_host(:'coordinator', 5432);
SELECT citus_set_node_property(:'coordinator', 5432, 'shouldhaveshards', false);
SELECT citus_add_node(worker, 5432)
FROM regexp_split_to_table(:'workers', '\s*,\s*') AS worker
WHERE NOT EXISTS (SELECT FROM pg_dist_node AS node WHERE node.nodename = worker AND node.nodeport = 5432);
