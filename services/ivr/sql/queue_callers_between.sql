-- The callers of each queue and day in [$2, $3), queue by queue.
SELECT queue, callers FROM ivr.queue_caller_days WHERE source_id = $1 AND day >= $2 AND day < $3 ORDER BY queue, day
