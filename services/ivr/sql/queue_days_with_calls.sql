-- The local days of the zone $4 on which calls of source $1 entered in [$2, $3).
SELECT DISTINCT (entered_at AT TIME ZONE $4)::date AS day FROM ivr.queue_calls
WHERE source_id = $1 AND entered_at >= $2 AND entered_at < $3
