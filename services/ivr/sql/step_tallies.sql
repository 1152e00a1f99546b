-- One row per day: steps and the sum of what they say; $2 has the moment at which each local day begins.
SELECT width_bucket(at, $2::timestamptz[]) AS day_number, count(*) AS rows, sum(hash)::text AS hash
FROM ivr.call_step_hashes($1)
WHERE at >= ($2::timestamptz[])[1] AND at < ($2::timestamptz[])[cardinality($2::timestamptz[])]
GROUP BY 1
