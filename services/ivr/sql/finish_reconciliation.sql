-- What a reconciliation found, or why it could not.
UPDATE ivr.reconciliations SET state = $2, finished_at = now(), rows_source = $3, rows_warehouse = $4,
    cells_compared = $5, cells_different = $6, rows_different = $7, notes = $8::text[], error = $9
WHERE reconciliation_id = $1 AND state = 'running'
