-- Forget how these events were read before they are read again.
DELETE FROM dora.readings WHERE event_id = ANY($1::bigint[])
