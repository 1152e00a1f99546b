-- A new queued run; the unique index refuses a second one beside a queued or running run of the same source.
INSERT INTO ivr.runs (source_id, request, requested_by, idempotency_key, retry_of, attempt)
VALUES ($1, $2::jsonb, $3, $4, $5, $6)
RETURNING run_id
