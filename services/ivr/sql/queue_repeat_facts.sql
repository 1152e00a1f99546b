-- One value: the calls of source $1 that entered in [$2, $3), with no more than repeats are told from.
SELECT string_agg(timestamptz_send(q.entered_at) || int8send(q.call_id) || int8send(q.caller_id) || int4send(c.cell_id), '')
FROM ivr.queue_calls q JOIN ivr.queue_cells c ON c.grain = 1 AND c.queue = q.queue
WHERE q.source_id = $1 AND q.entered_at >= $2 AND q.entered_at < $3
