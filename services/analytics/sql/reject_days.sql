-- One row per source and day (UTC) of runs that began in [$1, $2): rows read and rows rejected.
SELECT source, started_at::date AS day, sum(rows_read)::bigint AS rows_read, sum(rows_rejected)::bigint AS rows_rejected
FROM ivr.runs_v1
WHERE started_at >= $1::timestamptz AND started_at < $2::timestamptz
GROUP BY source, started_at::date
ORDER BY source, day
