-- Export $2 if it is person $1's.
SELECT * FROM analytics.exports WHERE user_id = $1 AND export_id = $2
