-- Positions among $3 that were rejected before.
SELECT position FROM ivr.rejects
WHERE source_id = $1 AND source_table = $2 AND unit_date = date '1900-01-01' AND position = ANY ($3::bigint[])
