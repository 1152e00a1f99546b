-- Whom view $1 is shared with.
SELECT share_id, username, group_code, created_at FROM analytics.view_shares WHERE view_id = $1 ORDER BY share_id
