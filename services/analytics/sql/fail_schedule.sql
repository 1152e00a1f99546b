-- Schedule $1 has failed for the reason $2; after $3 failures in a row it is paused.
UPDATE analytics.schedules
SET failures = failures + 1, detail = $2, state = CASE WHEN failures + 1 >= $3 THEN 'paused' ELSE state END
WHERE schedule_id = $1 AND state = 'active'
RETURNING user_id, name, state
