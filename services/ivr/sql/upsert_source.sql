-- The number of a declared source; its kind and zone follow the declaration, and what is kept by its clock its zone.
WITH before AS (
    SELECT source_id FROM ivr.sources WHERE source = $1 AND zone <> $3
), put AS (
    INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, $2, $3)
    ON CONFLICT (source) DO UPDATE SET kind = excluded.kind, zone = excluded.zone, seen_at = excluded.seen_at
    RETURNING source_id
)
SELECT put.source_id, ivr.count_month_hours(before.source_id, $3) FROM put LEFT JOIN before USING (source_id)
