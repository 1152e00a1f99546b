-- One row per bucket of step ids of one day.
SELECT (step_id >> 56) & 255 AS bucket, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.call_step_hashes($1) WHERE at >= $2 AND at < $3 GROUP BY 1
