-- One row per reconciliation that is running or was when its process ended.
SELECT reconciliation_id, source_id FROM ivr.reconciliations WHERE state = 'running'
  AND ($1::smallint IS NULL OR source_id = $1)
