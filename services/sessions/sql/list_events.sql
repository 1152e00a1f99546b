-- Audit events before the cursor ($1, $2), newest first, at most $3; each filter is null when it is not asked for.
SELECT e.event_id, e.at, e.service, e.event, e.actor_id, u.username AS actor, e.target_kind, e.target_id, e.request_id,
       host(e.address) AS address, e.details, s.position, s.hash
FROM audit.events AS e
LEFT JOIN sessions.users AS u ON u.user_id = e.actor_id
LEFT JOIN audit.seals AS s ON s.event_id = e.event_id
-- The first comparison lets whole months be left out, which a comparison of rows does not.
WHERE ($1::timestamptz IS NULL OR (e.at <= $1 AND (e.at, e.event_id) < ($1, $2::bigint)))
    AND ($4::timestamptz IS NULL OR e.at >= $4) AND ($5::timestamptz IS NULL OR e.at < $5)
    AND ($6::text IS NULL OR e.event = $6) AND ($7::bigint IS NULL OR e.actor_id = $7)
    AND ($8::text IS NULL OR e.service = $8)
    AND ($9::text IS NULL OR e.target_kind = $9) AND ($10::text IS NULL OR e.target_id = $10)
    AND ($11::text IS NULL OR e.request_id = $11)
ORDER BY e.at DESC, e.event_id DESC
LIMIT $3
