-- How each event was read.
INSERT INTO dora.readings (event_id, outcome, reason) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
