-- One row per call that differs.
SELECT verdict, source_table, nullif(day, date '1900-01-01') AS day, call_id, at, description
FROM ivr.reconciliation_rows r WHERE reconciliation_id = $1 ORDER BY at, call_id, verdict LIMIT $2
