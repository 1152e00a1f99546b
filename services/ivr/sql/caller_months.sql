-- One row per month in [$2, $3), DID and shard in [$4, $5) of source $1: its different callers.
SELECT month, did_id, callers FROM ivr.legacy_caller_months
WHERE source_id = $1 AND month >= $2 AND month < $3 AND shard >= $4 AND shard < $5
