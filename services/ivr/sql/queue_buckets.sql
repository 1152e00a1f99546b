-- One row per bucket of call ids of one day.
SELECT (call_id >> 56) & 255 AS bucket, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.queue_call_hashes($1) WHERE entered_at >= $2 AND entered_at < $3 GROUP BY 1
