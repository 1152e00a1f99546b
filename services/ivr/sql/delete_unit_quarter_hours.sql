-- The rows of units, in the span that the units are known to have.
DELETE FROM ivr.legacy_quarter_hours
WHERE unit_id = ANY ($1::integer[])
  AND bucket >= (SELECT date_trunc('hour', min(first_started_at)) FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
  AND bucket <= (SELECT max(last_started_at) FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
