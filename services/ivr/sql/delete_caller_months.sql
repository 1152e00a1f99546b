-- A month of source $1, before it is written again.
DELETE FROM ivr.legacy_caller_months WHERE source_id = $1 AND month = $2
