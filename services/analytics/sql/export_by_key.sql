-- The export that person $1 asked for under the Idempotency-Key $2; `same` tells whether the body was $3.
SELECT export_id, user_id, schedule_id, idempotency_key, kind, format, name, request, state, attempts, rows_done,
       rows_total, bytes, detail, segment, data_as_of, created_at, started_at, finished_at, expires_at, schedule_told,
       request = $3::jsonb AS same FROM analytics.exports WHERE user_id = $1 AND idempotency_key = $2
