-- The first and the last queue entry of a source.
SELECT min(entered_at) AS first, max(entered_at) AS last FROM ivr.queue_calls WHERE source_id = $1
