-- The schedules of person $1; $2 is one, or null for all.
SELECT schedule_id, user_id, name, request, state, detail, failures, next_at, last_at, created_at, updated_at
FROM analytics.schedules WHERE user_id = $1 AND ($2::bigint IS NULL OR schedule_id = $2) ORDER BY lower(name)
