-- Person $1 wants message $2 no more.
DELETE FROM analytics.messages WHERE user_id = $1 AND message_id = $2 RETURNING message_id
