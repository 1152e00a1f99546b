-- A stream is read up to $4, its newest row is of $5; both only grow. $6 is when its last day was read again.
INSERT INTO ivr.detail_streams AS d (source_id, stream, name, next_position, newest_at, swept_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source_id, stream) DO UPDATE SET name = excluded.name, updated_at = now(),
    next_position = greatest(d.next_position, excluded.next_position),
    newest_at = greatest(d.newest_at, excluded.newest_at), swept_at = coalesce(excluded.swept_at, d.swept_at)
