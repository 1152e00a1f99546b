-- Asks a run to stop; one that has not begun stops here.
UPDATE ivr.runs SET cancel_requested = true,
    state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
    finished_at = CASE WHEN state = 'queued' THEN now() ELSE finished_at END
WHERE run_id = $1 AND state IN ('queued', 'running')
RETURNING state
