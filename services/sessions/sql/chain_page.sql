-- Links after position $1 up to $2, at most $3, with the canonical text of each event as it is now.
-- The text is spelled out as in audit.seal, which whoever tampers may have replaced.
SELECT s.position, s.event_id, s.hash,
       CASE WHEN e.event_id IS NOT NULL THEN jsonb_build_array(
           s.position, e.event_id, (extract(epoch FROM e.at) * 1000000)::bigint,
           (extract(epoch FROM s.sealed_at) * 1000000)::bigint, e.service, e.event, e.actor_id,
           e.target_kind, e.target_id, e.request_id, e.address::text, e.details
       )::text END AS canonical
FROM (
    -- The page before the join: joined first, every page of a long trail would read all of it.
    SELECT position, event_id, at, sealed_at, hash
    FROM audit.seals
    WHERE position > $1 AND position <= $2
    ORDER BY position
    LIMIT $3
) AS s
LEFT JOIN audit.events AS e ON e.event_id = s.event_id AND e.at = s.at
ORDER BY s.position
