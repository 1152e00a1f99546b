-- The events of each agent $2 from the moment $3 on, and the restarts (agent '') from the first of these moments on.
SELECT e.stream, e.position, extract(epoch FROM e.at)::double precision AS at, e.agent, e.verb, e.queue, e.reason,
       e.signed_in_s
FROM unnest($2::text[], $3::timestamptz[]) AS n (agent, since)
JOIN ivr.agent_events e ON e.source_id = $1 AND e.agent = n.agent AND e.at >= n.since
UNION ALL
SELECT e.stream, e.position, extract(epoch FROM e.at)::double precision, e.agent, e.verb, e.queue, e.reason, e.signed_in_s
FROM ivr.agent_events e WHERE e.source_id = $1 AND e.agent = '' AND e.at >= (SELECT min(t) FROM unnest($3::timestamptz[]) AS t)
