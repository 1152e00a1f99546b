-- A new view of person $1; no row when they have one of this name.
INSERT INTO analytics.views (user_id, owner, name, question, display, is_default)
VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)
ON CONFLICT (user_id, name) DO NOTHING
RETURNING view_id
