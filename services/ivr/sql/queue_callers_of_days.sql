-- One row per queue and day of $2: its different callers.
SELECT day, queue, callers_n, callers FROM ivr.queue_caller_days WHERE source_id = $1 AND day = ANY ($2::date[])
