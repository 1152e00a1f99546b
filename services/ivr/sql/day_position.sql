-- Where the records that started since $3 begin in a table.
SELECT min(position) FROM ivr.call_legs WHERE source_id = $1 AND source_table = $2 AND started_at >= $3
