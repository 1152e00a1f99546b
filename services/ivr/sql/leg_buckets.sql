-- One row per bucket of leg ids of one day.
SELECT (leg_id >> 56) & 255 AS bucket, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.call_leg_hashes($1) WHERE started_at >= $2 AND started_at < $3 GROUP BY 1
