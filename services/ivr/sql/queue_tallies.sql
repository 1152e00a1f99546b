-- One row per day and queue; $2 has the moment at which each local day begins, the last one the end of them all.
SELECT width_bucket(entered_at, $2::timestamptz[]) AS day_number, queue AS name, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.queue_call_hashes($1)
WHERE entered_at >= ($2::timestamptz[])[1] AND entered_at < ($2::timestamptz[])[cardinality($2::timestamptz[])]
GROUP BY 1, 2
