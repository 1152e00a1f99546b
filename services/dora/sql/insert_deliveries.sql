-- A group of deliveries as they came, each waiting to be read. Only those get a row back that did not come before, by
-- name or by body.
WITH kept AS (
    INSERT INTO dora.events (source, kind, sender, idempotency_key, headers, body)
    SELECT d.source, d.kind, 'webhook', d.idempotency_key, d.headers::jsonb, d.body
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
        AS d (source, kind, idempotency_key, headers, body)
    ON CONFLICT DO NOTHING
    RETURNING event_id, source, idempotency_key, received_at
),

waiting AS (INSERT INTO dora.unread (event_id) SELECT event_id FROM kept)

SELECT event_id, source, idempotency_key, received_at FROM kept
