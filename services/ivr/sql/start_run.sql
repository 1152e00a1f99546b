-- The run works now, under this epoch.
UPDATE ivr.runs SET state = 'running', phase = 'connecting', started_at = coalesce(started_at, now()),
    heartbeat_at = now(), epoch = $2, rows_expected = NULL
WHERE run_id = $1 AND state IN ('queued', 'running')
RETURNING cancel_requested
