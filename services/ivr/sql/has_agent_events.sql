-- Whether source $1 keeps an event of one of the streams $2 from the position $3 on.
SELECT EXISTS (
    SELECT FROM unnest($2::text[], $3::bigint[]) AS n (stream, position)
    JOIN ivr.agent_events e ON e.source_id = $1 AND e.stream = n.stream AND e.position >= n.position
)
