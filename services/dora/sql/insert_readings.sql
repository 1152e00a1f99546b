-- How each event was read, and by which version of the rules.
INSERT INTO dora.readings (event_id, outcome, reason, rules)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
