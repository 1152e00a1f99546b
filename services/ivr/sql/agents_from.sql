-- For each agent $2 and moment $3 the latest moment not after it at which the agent was neither signed in nor paused:
-- what happened before that says nothing about what comes after.
WITH RECURSIVE back AS (
    SELECT agent, since FROM unnest($2::text[], $3::timestamptz[]) AS n (agent, since)
    UNION
    SELECT s.agent, s.since FROM back b
    JOIN ivr.agent_spans s ON s.source_id = $1 AND s.agent = b.agent AND s.since < b.since
        AND (s.settled_at IS NULL OR s.settled_at >= b.since)
)
SELECT agent, min(since) AS since FROM back GROUP BY 1
