-- The calls of units $1 that began in [$2, $3], no column null: read as binary rows of one width.
SELECT unit_id, did_id, menu_id, option_id, centre_id, coalesce(duration_s, -1) AS duration_s, started_at, caller_id,
       call_id, (line_kind * 2 + swapped::integer)::smallint AS line
FROM ivr.legacy_calls WHERE unit_id = ANY ($1::integer[]) AND started_at >= $2 AND started_at <= $3
