-- How many messages of person $1 are unread.
SELECT count(*) FROM analytics.messages WHERE user_id = $1 AND read_at IS NULL
