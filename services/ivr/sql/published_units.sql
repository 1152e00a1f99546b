-- One row per published unit of a table.
SELECT unit_id, unit_date, rows_read, rows_published, digest FROM ivr.units
WHERE source_id = $1 AND source_table = $2 AND digest IS NOT NULL
