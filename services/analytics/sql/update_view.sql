-- View $2 of person $1 anew; no row when it is not theirs.
UPDATE analytics.views
SET name = $3, question = $4::jsonb, display = $5::jsonb, is_default = $6, updated_at = now()
WHERE user_id = $1 AND view_id = $2
RETURNING view_id
