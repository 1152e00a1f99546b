-- What was kept of the callids $2 is out of date.
DELETE FROM ivr.queue_kept_calls WHERE source_id = $1 AND callid = ANY ($2::text[])
