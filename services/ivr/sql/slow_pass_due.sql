-- When the last slow pass of a stream ended.
SELECT slow_pass_at FROM ivr.queue_streams WHERE source_id = $1 AND stream = $2
