-- Events since $1 by sender and how they were read; an event without an outcome waits to be read.
SELECT e.source, coalesce(r.outcome, 'waiting') AS outcome, r.reason, count(*) AS events, max(e.received_at) AS last_at
FROM dora.events AS e
LEFT JOIN dora.readings AS r USING (event_id)
WHERE e.received_at >= $1
GROUP BY 1, 2, 3
ORDER BY events DESC, 1, 2, 3
LIMIT $2
