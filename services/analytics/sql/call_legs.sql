-- One row per leg of the call $2 of a source that started in [$3, $4), in order. A transferred call keeps its linked id.
SELECT unique_id, started_at, answered_at, ended_at, duration_s, billsec, disposition, context, channel, dst_channel, dst,
       last_app, queue, agent, source_table, position::text AS position
FROM ivr.call_legs_v1
WHERE source = $1 AND started_at >= $3 AND started_at < $4
  AND linked_id IN (SELECT $2::text UNION SELECT linked_id FROM ivr.call_legs_v1
                    WHERE source = $1 AND unique_id = $2 AND unique_id <> linked_id
                      AND started_at >= $3 AND started_at < $4)
ORDER BY started_at, sequence, unique_id, leg_id LIMIT $5
