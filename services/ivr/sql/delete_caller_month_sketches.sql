-- A month of source $1, before it is written again.
DELETE FROM ivr.legacy_caller_month_sketches WHERE source_id = $1 AND month = $2
