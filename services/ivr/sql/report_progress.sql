-- A sign of life; whether somebody asked the run to stop, and whether a service holds the lock of one that people ask.
UPDATE ivr.runs SET phase = $2, rows_read = greatest(rows_read, $3), rows_expected = $4, heartbeat_at = now()
WHERE run_id = $1 AND state = 'running'
RETURNING cancel_requested, EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid::bigint = $5 AND objid::bigint = $6 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS people_ask
