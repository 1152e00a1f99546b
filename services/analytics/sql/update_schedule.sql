-- Schedule $1 anew; it starts afresh.
UPDATE analytics.schedules
SET name = $2, request = $3::jsonb, state = $4, next_at = $5, failures = 0, detail = NULL, updated_at = now()
WHERE schedule_id = $1
