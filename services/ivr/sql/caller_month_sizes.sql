-- One row per month in [$2, $3) of source $1: how many ids are kept of it.
SELECT month, sum(callers_n)::bigint AS callers_n FROM ivr.legacy_caller_months
WHERE source_id = $1 AND month >= $2 AND month < $3 GROUP BY month ORDER BY month
