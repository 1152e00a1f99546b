-- Events about agents and restarts; one that is there already stays as it is. $2 has an array for each, with its moment
-- in microseconds since 2000.
INSERT INTO ivr.agent_events (source_id, stream, position, at, agent, verb, queue, reason, signed_in_s)
SELECT $1, n ->> 0, (n ->> 1)::bigint,
       timestamptz '2000-01-01 00:00Z' + (n ->> 2)::bigint * interval '1 microsecond',
       n ->> 3, n ->> 4, n ->> 5, n ->> 6, (n ->> 7)::double precision
FROM json_array_elements($2::json) AS n
ON CONFLICT DO NOTHING
