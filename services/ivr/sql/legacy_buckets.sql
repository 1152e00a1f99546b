-- One row per bucket of call ids of one unit.
SELECT (call_id >> 56) & 255 AS bucket, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.legacy_call_hashes($1) WHERE unit_id = $2 GROUP BY 1
