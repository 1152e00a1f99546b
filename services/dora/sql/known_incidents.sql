-- Incidents of environment $1 up to $3, of service $2 or of no named service; dismissed ones never were.
SELECT incident_id, service, environment, detected_at, resolved_at, caused_by
FROM dora.incidents
WHERE environment = $1
    AND ($2::text IS NULL OR service IS NULL OR service = $2)
    AND ($3::timestamptz IS NULL OR detected_at <= $3)
    AND status <> 'dismissed'
ORDER BY detected_at, incident_id
LIMIT $4
