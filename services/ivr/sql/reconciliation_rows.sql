-- One row per call, leg or step that differs.
SELECT verdict, part, source_table, nullif(day, date '1900-01-01') AS day, call_id, at, description
FROM ivr.reconciliation_rows r WHERE reconciliation_id = $1 ORDER BY at, part, call_id, verdict LIMIT $2
