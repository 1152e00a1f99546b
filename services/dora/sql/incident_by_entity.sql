-- One incident by the name that its events give it.
SELECT incident_id, entity_key, source, service, environment, external_id, title, status, detected_at, resolved_at,
       caused_by, occurred_at
FROM dora.incidents WHERE entity_key = $1
