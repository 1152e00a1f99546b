-- The oldest events that wait to be read, at most $1 of them, that came $2 ago or earlier.
SELECT e.event_id, e.source, e.kind, e.received_at, e.headers, e.body
FROM dora.unread AS u
JOIN dora.events AS e USING (event_id)
WHERE e.received_at <= clock_timestamp() - $2::interval
ORDER BY u.event_id
LIMIT $1
