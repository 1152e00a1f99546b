-- Ids that are read from now on, a block each.
INSERT INTO ivr.queue_read_blocks AS b (source_id, stream, block, ids, newest_at)
SELECT $1, $2, n.block, n.ids, n.newest_at
FROM unnest($3::bigint[], $4::bit varying[], $5::timestamptz[]) AS n (block, ids, newest_at)
ON CONFLICT (source_id, stream, block) DO UPDATE SET ids = b.ids | excluded.ids,
    newest_at = greatest(b.newest_at, excluded.newest_at)
