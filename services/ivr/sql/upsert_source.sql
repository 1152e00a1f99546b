-- The number of a declared source; its kind and zone follow the declaration.
INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, $2, $3)
ON CONFLICT (source) DO UPDATE SET kind = excluded.kind, zone = excluded.zone, seen_at = excluded.seen_at
RETURNING source_id
