-- One row per source whose lock (its class is $1) a process of this database holds.
SELECT objid::bigint::integer AS source_id
FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = $1::bigint::oid AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
