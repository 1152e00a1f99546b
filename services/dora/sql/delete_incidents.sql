-- Incidents about which nothing is told any more.
DELETE FROM dora.incidents WHERE entity_key = ANY($1::text[])
