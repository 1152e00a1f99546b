-- How many audit events the filters leave, counted to $1 at most.
SELECT count(*)
FROM (
    SELECT FROM audit.events AS e
    WHERE ($2::timestamptz IS NULL OR e.at >= $2) AND ($3::timestamptz IS NULL OR e.at < $3)
        AND ($4::text IS NULL OR e.event = $4) AND ($5::bigint IS NULL OR e.actor_id = $5)
        AND ($6::text IS NULL OR e.service = $6)
        AND ($7::text IS NULL OR e.target_kind = $7) AND ($8::text IS NULL OR e.target_id = $8)
        AND ($9::text IS NULL OR e.request_id = $9)
    LIMIT $1
) AS found
