-- The ids of the published calls of some units.
SELECT call_id FROM ivr.legacy_calls WHERE unit_id = ANY ($1::integer[])
