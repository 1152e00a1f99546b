-- Schedule $1, due at $2, runs next at $3; no row when somebody else has run it meanwhile.
UPDATE analytics.schedules SET next_at = $3, last_at = $2
WHERE schedule_id = $1 AND next_at = $2 AND state = 'active'
RETURNING schedule_id
