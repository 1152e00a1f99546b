-- How change $1 ended.
UPDATE ivr.dimension_changes SET state = $2, error = $3, finished_at = now() WHERE change_id = $1
