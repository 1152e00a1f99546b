-- These events were read.
DELETE FROM dora.unread WHERE event_id = ANY($1::bigint[])
