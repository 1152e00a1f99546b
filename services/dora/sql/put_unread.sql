-- These events wait to be read.
INSERT INTO dora.unread (event_id) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING
