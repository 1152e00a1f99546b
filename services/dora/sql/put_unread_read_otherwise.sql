-- Every event that was read by another version of the rules than $1 is to be read again.
INSERT INTO dora.unread (event_id)
SELECT event_id FROM dora.readings WHERE rules < $1 OR rules > $1
ON CONFLICT DO NOTHING
