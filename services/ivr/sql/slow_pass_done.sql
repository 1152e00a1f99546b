-- A slow pass of a stream ended.
UPDATE ivr.queue_streams SET slow_pass_at = $3 WHERE source_id = $1 AND stream = $2
