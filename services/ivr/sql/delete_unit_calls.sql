-- Takes the calls of units out before their new rows come; the bounds keep it to the months that hold them.
DELETE FROM ivr.legacy_calls c
WHERE c.unit_id = ANY ($1::integer[])
  AND c.started_at >= (SELECT min(first_started_at) FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
  AND c.started_at <= (SELECT max(last_started_at) FROM ivr.units WHERE unit_id = ANY ($1::integer[]))
