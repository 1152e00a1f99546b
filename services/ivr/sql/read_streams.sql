-- How far each stream of a source is read.
SELECT stream, next_position, rows_read FROM ivr.queue_streams WHERE source_id = $1
