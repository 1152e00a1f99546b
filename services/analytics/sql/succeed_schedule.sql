-- Schedule $1 has made its report.
UPDATE analytics.schedules SET failures = 0, detail = NULL WHERE schedule_id = $1 RETURNING user_id, name
