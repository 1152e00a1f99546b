-- Steps of the calls of one source that its cel tells again, by their linkedids: a row that can be read now may tell a
-- call with other steps than before.
DELETE FROM ivr.call_steps WHERE source_id = $1 AND linked_id = ANY ($2::text[])
