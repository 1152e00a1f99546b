-- The exports of person $1, newest first, at most $2.
SELECT * FROM analytics.exports WHERE user_id = $1 ORDER BY export_id DESC LIMIT $2
