-- Calls that nothing can change any more: their last event is older than $2 (ended) or $3 (not ended).
DELETE FROM ivr.queue_kept_calls WHERE source_id = $1 AND last_at < CASE WHEN open THEN $3::timestamptz ELSE $2 END
