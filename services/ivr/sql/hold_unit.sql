-- A unit that the source now has fewer rows of: what was published stays.
UPDATE ivr.units SET held_rows = $2, held_at = now() WHERE unit_id = $1
