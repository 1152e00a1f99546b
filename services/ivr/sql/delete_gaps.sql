-- Ranges of ids that have come, at least some of them.
DELETE FROM ivr.detail_gaps WHERE source_id = $1 AND stream = $2 AND first_position = ANY ($3::bigint[])
