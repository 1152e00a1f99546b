-- One row per unit, local day in [$2, $3) and DID of source $1: its different callers.
SELECT day, did_id, callers FROM ivr.legacy_caller_days
WHERE source_id = $1 AND day >= $2 AND day < $3 ORDER BY day, did_id
