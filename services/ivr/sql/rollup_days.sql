-- The local days in [$2, $3) that source $1 has rollups of.
SELECT DISTINCT day FROM ivr.legacy_days WHERE grain = 1 AND source_id = $1 AND day >= $2 AND day < $3 ORDER BY day
