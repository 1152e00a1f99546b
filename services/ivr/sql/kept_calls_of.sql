-- What is kept of the callids $2, or of all where it is null.
SELECT callid, events FROM ivr.queue_kept_calls WHERE source_id = $1 AND ($2::text[] IS NULL OR callid = ANY ($2::text[]))
