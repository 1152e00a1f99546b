-- The schedules that are due at $1.
SELECT * FROM analytics.schedules WHERE state = 'active' AND next_at <= $1 ORDER BY next_at, schedule_id
