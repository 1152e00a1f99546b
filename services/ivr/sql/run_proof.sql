-- One row per unit that a run read: read = published + unchanged + held + rejected + duplicate in each.
SELECT source_table, nullif(unit_date, date '1900-01-01') AS unit_date, rows_read, rows_published, rows_unchanged,
       rows_held, rows_rejected, rows_duplicate, outcome
FROM ivr.run_units WHERE run_id = $1 ORDER BY source_table, unit_date
