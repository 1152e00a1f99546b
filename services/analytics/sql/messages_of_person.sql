-- The messages of person $1, newest first, below number $2, at most $3; only unread ones where $4.
SELECT m.message_id, m.user_id, m.kind, m.about, m.severity, m.es, m.en, m.created_at, m.read_at
FROM analytics.messages AS m
WHERE m.user_id = $1 AND ($2::bigint IS NULL OR m.message_id < $2) AND (NOT $4 OR m.read_at IS NULL)
ORDER BY m.message_id DESC
LIMIT $3
