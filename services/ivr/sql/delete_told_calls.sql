-- Queue calls of one source that its events tell again, by their ids under the key of before.
DELETE FROM ivr.queue_calls WHERE source_id = $1 AND call_id = ANY ($2::bigint[])
