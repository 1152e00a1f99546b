-- Events about agents and restarts; one that is there already stays as it is.
INSERT INTO ivr.agent_events (source_id, stream, position, at, agent, verb, queue, reason, signed_in_s)
SELECT $1, n.stream, n.position, n.at, n.agent, n.verb, n.queue, n.reason, n.signed_in_s
FROM unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::double precision[]) AS n (stream, position, at, agent, verb, queue, reason, signed_in_s)
ON CONFLICT DO NOTHING
