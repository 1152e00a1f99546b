-- Export $2 if it is person $1's.
SELECT export_id, user_id, schedule_id, idempotency_key, kind, format, name, request, state, attempts, rows_done,
       rows_total, bytes, detail, segment, data_as_of, created_at, started_at, finished_at, expires_at, schedule_told
FROM analytics.exports WHERE user_id = $1 AND export_id = $2
