-- The callers of the queues $3 on the days $2, pair by pair.
DELETE FROM ivr.queue_caller_days WHERE source_id = $1 AND (day, queue) IN (SELECT * FROM unnest($2::date[], $3::text[]))
