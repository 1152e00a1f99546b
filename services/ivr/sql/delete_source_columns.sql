-- Forgets the columns of one table, before those that it has now are written.
DELETE FROM ivr.source_columns WHERE source_id = $1 AND source_table = $2
