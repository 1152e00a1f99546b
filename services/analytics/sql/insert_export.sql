-- A new export: its row.
INSERT INTO analytics.exports (user_id, schedule_id, idempotency_key, kind, format, name, request)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
RETURNING *
