-- How far one stream of cdr or cel is read.
SELECT next_position, newest_at, swept_at FROM ivr.detail_streams WHERE source_id = $1 AND stream = $2
