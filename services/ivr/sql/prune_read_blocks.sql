-- Blocks below $3 that hold nothing newer than $4 are never looked at again.
DELETE FROM ivr.queue_read_blocks WHERE source_id = $1 AND stream = $2 AND block < $3 AND newest_at < $4
