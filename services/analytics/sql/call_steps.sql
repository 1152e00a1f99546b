-- One row per step of the call $2 of a source in [$3, $4), in order.
SELECT number, unique_id, at, left_at, context, exten, menu, app, digit, ended
FROM ivr.call_steps_v1
WHERE source = $1 AND at >= $3 AND at < $4
  AND linked_id IN (SELECT $2::text UNION SELECT linked_id FROM ivr.call_legs_v1
                    WHERE source = $1 AND unique_id = $2 AND unique_id <> linked_id
                      AND started_at >= $3 AND started_at < $4)
ORDER BY number, at, step_id LIMIT $5
