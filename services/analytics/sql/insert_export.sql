-- A new export: its row.
INSERT INTO analytics.exports (user_id, schedule_id, idempotency_key, kind, format, name, request)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
RETURNING export_id, user_id, schedule_id, idempotency_key, kind, format, name, request, state, attempts, rows_done,
    rows_total, bytes, detail, segment, data_as_of, created_at, started_at, finished_at, expires_at, schedule_told
