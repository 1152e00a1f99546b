-- Calls that no later event can change.
DELETE FROM ivr.queue_kept_events WHERE source_id = $1 AND callid = ANY ($2::text[])
