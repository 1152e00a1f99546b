-- Events at or after $1 that are neither sealed nor wait for it, at most $2: they did not come through audit.record_event.
SELECT e.event_id, e.at
FROM audit.events AS e
WHERE e.at >= $1
    AND NOT EXISTS (SELECT FROM audit.seals AS s WHERE s.event_id = e.event_id)
    AND NOT EXISTS (SELECT FROM audit.unsealed AS u WHERE u.event_id = e.event_id)
ORDER BY e.at, e.event_id
LIMIT $2
