-- The newest entry into a queue of source $1 that is no older than $2: no index has the source, so all since then is read.
SELECT max(entered_at) FROM ivr.queue_calls WHERE source_id = $1 AND entered_at >= $2
