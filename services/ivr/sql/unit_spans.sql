-- One row per published unit of source $1, but for $2, with calls in [$3, $4]: the part of its span inside.
SELECT unit_id, greatest(first_started_at, $3::timestamptz) AS first_at, least(last_started_at, $4::timestamptz) AS last_at
FROM ivr.units
WHERE source_id = $1 AND digest IS NOT NULL AND unit_id <> ALL ($2::integer[])
  AND first_started_at <= $4 AND last_started_at >= $3
