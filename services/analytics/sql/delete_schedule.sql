-- Forgets schedule $1; what it made stays as long as any export.
DELETE FROM analytics.schedules WHERE schedule_id = $1
