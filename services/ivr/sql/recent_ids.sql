-- Ids of a stream that are read already, inside the overlap that is read again.
SELECT position FROM ivr.queue_recent_ids WHERE source_id = $1 AND stream = $2 AND position >= $3
