-- Forget what these events told before they are read again; the names of what they were about.
DELETE FROM dora.tellings WHERE event_id = ANY($1::bigint[]) RETURNING kind, entity_key
