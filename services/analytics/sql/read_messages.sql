-- Person $1 has read message $2, or all of them up to now where it is null.
UPDATE analytics.messages SET read_at = now()
WHERE user_id = $1 AND ($2::bigint IS NULL OR message_id = $2) AND read_at IS NULL
