-- The spans of each agent $2 that began at the moment $3 or later: they are told anew.
DELETE FROM ivr.agent_spans s USING unnest($2::text[], $3::timestamptz[]) AS n (agent, since)
WHERE s.source_id = $1 AND s.agent = n.agent AND s.since >= n.since
