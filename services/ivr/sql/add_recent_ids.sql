-- Ids that are read from now on.
INSERT INTO ivr.queue_recent_ids (source_id, stream, position) SELECT $1, $2, unnest($3::bigint[])
