-- Ranges of ids that are missing now.
INSERT INTO ivr.detail_gaps (source_id, stream, first_position, last_position, at)
SELECT $1, $2, g.first_position, g.last_position, $5::timestamptz
FROM unnest($3::bigint[], $4::bigint[]) AS g (first_position, last_position)
ON CONFLICT (source_id, stream, first_position) DO NOTHING
