-- A new schedule of person $1; no row when they have one of this name.
INSERT INTO analytics.schedules (user_id, name, request, state, next_at) VALUES ($1, $2, $3::jsonb, $4, $5)
ON CONFLICT (user_id, name) DO NOTHING
RETURNING schedule_id
