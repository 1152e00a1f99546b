-- Every event is to be read again.
INSERT INTO dora.unread (event_id) SELECT event_id FROM dora.events ON CONFLICT DO NOTHING
