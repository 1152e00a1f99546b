-- The rows of units in the grains $2, in the span that the units are known to have; a local day is at most one off.
DELETE FROM ivr.legacy_days
WHERE unit_id = ANY ($1::integer[]) AND grain = ANY ($2::smallint[])
  AND day >= (SELECT (min(first_started_at) AT TIME ZONE 'UTC')::date - 1 FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
  AND day <= (SELECT (max(last_started_at) AT TIME ZONE 'UTC')::date + 1 FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
