-- The schedules that are due at $1.
SELECT schedule_id, user_id, name, request, state, detail, failures, next_at, last_at, created_at, updated_at
FROM analytics.schedules WHERE state = 'active' AND next_at <= $1 ORDER BY next_at, schedule_id
