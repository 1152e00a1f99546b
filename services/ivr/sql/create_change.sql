-- A change of a dimension, to be made by the next worker; its number.
INSERT INTO ivr.dimension_changes (kind, target, wanted, requested_by, actor_id, request_id)
VALUES ($1, $2, $3::jsonb, $4, $5, $6) RETURNING change_id
