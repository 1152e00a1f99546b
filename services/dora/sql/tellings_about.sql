-- Everything ever told about these things, in order of arrival.
SELECT event_id, place, kind, entity_key, told
FROM dora.tellings
WHERE kind = ANY($1::text[]) AND entity_key = ANY($2::text[])
ORDER BY event_id, place
