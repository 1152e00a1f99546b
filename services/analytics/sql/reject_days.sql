-- One row per source and local day of $3 of runs that began in [$1, $2): rows read and rows rejected.
SELECT source, day, sum(rows_read)::bigint AS rows_read, sum(rows_rejected)::bigint AS rows_rejected
FROM ivr.runs_v1, date(started_at AT TIME ZONE $3::text) AS day
WHERE started_at >= $1::timestamptz AND started_at < $2::timestamptz
GROUP BY source, day
ORDER BY source, day
