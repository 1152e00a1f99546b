-- What events tell, one row for each thing that they are about.
INSERT INTO dora.tellings (event_id, place, kind, entity_key, told)
SELECT t.event_id, t.place, t.kind, t.entity_key, t.told::jsonb
FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[])
    AS t (event_id, place, kind, entity_key, told)
