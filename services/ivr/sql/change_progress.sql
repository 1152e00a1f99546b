-- How far change $1 has come.
UPDATE ivr.dimension_changes SET calls_expected = $2, calls_done = $3 WHERE change_id = $1
