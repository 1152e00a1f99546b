-- View $1 is shared with a person ($2, $3) or a group ($4); no row when it is already.
INSERT INTO analytics.view_shares (view_id, user_id, username, group_code) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING share_id, username, group_code, created_at
