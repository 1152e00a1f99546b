-- A stream is read up to $4; positions only grow.
INSERT INTO ivr.queue_streams (source_id, stream, name, next_position, rows_read) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source_id, stream) DO UPDATE SET name = excluded.name, updated_at = now(),
    next_position = greatest(queue_streams.next_position, excluded.next_position),
    rows_read = queue_streams.rows_read + excluded.rows_read
