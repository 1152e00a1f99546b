-- The agents who were signed in or paused at one of the moments $2, each with the first of these moments.
SELECT s.agent, min(m.at) AS since
FROM unnest($2::timestamptz[]) AS m (at)
JOIN ivr.agent_spans s ON s.source_id = $1 AND s.since <= m.at AND (s.settled_at IS NULL OR s.settled_at >= m.at)
GROUP BY 1
