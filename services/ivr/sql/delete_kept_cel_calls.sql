-- Calls that no later event can change.
DELETE FROM ivr.cel_kept_events WHERE source_id = $1 AND linked_id = ANY ($2::text[])
