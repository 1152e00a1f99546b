-- The report as it came. No row when this sender used the key $4 before.
INSERT INTO dora.events (source, kind, sender, idempotency_key, body)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, sender, idempotency_key) DO NOTHING
RETURNING event_id, received_at
