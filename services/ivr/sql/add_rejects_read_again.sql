-- A unit of this run for the rejects of each table of $3 that had some: none of them may be left, and that has to be said.
INSERT INTO ivr.run_units (run_id, source_table, unit_date, rows_read, rows_published, rows_unchanged, rows_held,
                           rows_rejected, rows_duplicate, outcome, details)
SELECT DISTINCT ON (e.source_table) $2::bigint, e.source_table, e.unit_date, 0, 0, 0, 0, 0, 0, 'read again',
       e.details - 'taken_back'
FROM ivr.run_units e JOIN ivr.runs r USING (run_id)
WHERE r.source_id = $1 AND e.run_id <> $2 AND e.unit_date = date '1900-01-01' AND e.source_table = ANY ($3::text[])
ON CONFLICT DO NOTHING
