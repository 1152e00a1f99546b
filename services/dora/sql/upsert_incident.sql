-- The incident as its events say it stands now.
INSERT INTO dora.incidents (
    entity_key, source, service, environment, external_id, title, status, detected_at, resolved_at, caused_by,
    occurred_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (entity_key) DO UPDATE SET
    service = excluded.service,
    environment = excluded.environment,
    title = excluded.title,
    status = excluded.status,
    detected_at = excluded.detected_at,
    resolved_at = excluded.resolved_at,
    caused_by = excluded.caused_by,
    occurred_at = excluded.occurred_at
