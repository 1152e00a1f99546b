-- One row per day and part that was compared, those that differ first.
SELECT part, source_table, nullif(day, date '1900-01-01') AS day, name, verdict, rows_source, rows_warehouse,
       hash_source, hash_warehouse
FROM ivr.reconciliation_cells c WHERE reconciliation_id = $1
ORDER BY verdict = 'equal', c.day, source_table, part, name LIMIT $2
