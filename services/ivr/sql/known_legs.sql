-- One row per published leg among $2 whose start lies in [$3, $4).
SELECT leg_id, caller_id, started_at, ended_at, hash, source_table, "position" FROM ivr.call_leg_hashes($1)
WHERE leg_id = ANY ($2::bigint[]) AND started_at >= $3 AND started_at < $4
