-- How far each stream of cdr or cel is read.
SELECT stream, next_position FROM ivr.detail_streams WHERE source_id = $1
