-- The exports of schedules that have ended since they were looked at last, each told once.
UPDATE analytics.exports SET schedule_told = true
WHERE schedule_id IS NOT NULL AND NOT schedule_told AND state IN ('done', 'failed')
RETURNING export_id, schedule_id, state, detail
