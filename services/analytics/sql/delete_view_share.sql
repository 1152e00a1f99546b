-- View $1 is shared no more by share $2.
DELETE FROM analytics.view_shares WHERE view_id = $1 AND share_id = $2 RETURNING share_id, username, group_code
