-- Forgets view $2 of person $1 and whom it was shared with.
DELETE FROM analytics.views WHERE user_id = $1 AND view_id = $2 RETURNING view_id
