-- The run that this caller asked for with this Idempotency-Key.
SELECT run_id, request::text AS request FROM ivr.runs WHERE requested_by = $1 AND idempotency_key = $2
