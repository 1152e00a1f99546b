-- A new reconciliation; the unique index refuses a second one beside a running one of the same source.
INSERT INTO ivr.reconciliations (source_id, request, requested_by) VALUES ($1, $2::jsonb, $3)
RETURNING reconciliation_id
