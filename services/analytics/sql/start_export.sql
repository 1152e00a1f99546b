-- Export $1 is being made, from the beginning.
UPDATE analytics.exports
SET state = 'running', attempts = attempts + 1, rows_done = 0, rows_total = NULL, started_at = now()
WHERE export_id = $1
RETURNING export_id, user_id, schedule_id, idempotency_key, kind, format, name, request, state, attempts, rows_done,
    rows_total, bytes, detail, segment, data_as_of, created_at, started_at, finished_at, expires_at, schedule_told
