-- One row per refused row, newest first, older than the cursor $2; $1 narrows to one source, $3 to one run.
SELECT j.reject_id, j.run_id, s.source, j.source_table, nullif(j.unit_date, date '1900-01-01') AS unit_date, j.position,
       j.reason, j.row_masked, j.rejected_at
FROM ivr.rejects j JOIN ivr.sources s USING (source_id)
WHERE ($1::text IS NULL OR s.source = $1) AND ($2::bigint IS NULL OR j.reject_id < $2)
  AND ($3::bigint IS NULL OR j.run_id = $3)
ORDER BY j.reject_id DESC LIMIT $4
