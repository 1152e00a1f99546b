-- The newest entry into a queue of source $1.
SELECT max(entered_at) FROM ivr.queue_calls WHERE source_id = $1
