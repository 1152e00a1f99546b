-- One row per local day that the units $1 have rollup rows of.
SELECT DISTINCT r.day FROM ivr.legacy_days r
WHERE r.unit_id = ANY ($1::integer[]) AND r.grain = 1
  AND r.day >= (SELECT (min(first_started_at) AT TIME ZONE 'UTC')::date - 1 FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
  AND r.day <= (SELECT (max(last_started_at) AT TIME ZONE 'UTC')::date + 1 FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
ORDER BY r.day
