-- Ids below the overlap are never read again.
DELETE FROM ivr.queue_recent_ids WHERE source_id = $1 AND stream = $2 AND position < $3
