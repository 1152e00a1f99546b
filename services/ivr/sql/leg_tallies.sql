-- One row per day: legs and the sum of what they say; $2 has the moment at which each local day begins.
SELECT width_bucket(started_at, $2::timestamptz[]) AS day_number, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.call_leg_hashes($1)
WHERE started_at >= ($2::timestamptz[])[1] AND started_at < ($2::timestamptz[])[cardinality($2::timestamptz[])]
GROUP BY 1
