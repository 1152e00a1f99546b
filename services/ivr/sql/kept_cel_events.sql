-- One row per kept event of the calls $2.
SELECT stream, position, extract(epoch FROM at)::double precision AS at, kind, linked_id, unique_id, caller_id, context,
       exten, app, menu, digit
FROM ivr.cel_kept_events WHERE source_id = $1 AND linked_id = ANY ($2::text[])
