-- A sign of life, and whether somebody asked the run to stop. $5 is what this attempt has to say for now in `details`.
UPDATE ivr.runs SET phase = $2, rows_read = greatest(rows_read, $3), rows_expected = $4, heartbeat_at = now(),
    details = (details - 'gave_way_s') || $5::jsonb
WHERE run_id = $1 AND state = 'running'
RETURNING cancel_requested
