-- One row per range of missing ids, in order.
SELECT first_position, last_position FROM ivr.detail_gaps WHERE source_id = $1 AND stream = $2 ORDER BY first_position
