-- One row per block of ids of a stream from block $3 on.
SELECT block, ids, newest_at FROM ivr.queue_read_blocks WHERE source_id = $1 AND stream = $2 AND block >= $3
ORDER BY block
