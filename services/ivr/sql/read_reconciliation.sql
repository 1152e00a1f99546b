-- One reconciliation.
SELECT r.reconciliation_id, s.source, s.kind, r.state, r.request::text AS request, r.requested_by, r.started_at,
       r.finished_at, r.rows_source, r.rows_warehouse, r.cells_compared, r.cells_different, r.rows_different, r.notes,
       r.error
FROM ivr.reconciliations r JOIN ivr.sources s USING (source_id)
WHERE r.reconciliation_id = $1
