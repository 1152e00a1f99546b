-- One value: the calls of source $1 that entered in [$2, $3) in queues of the cells $4 (null: all), end to end as
-- services/ivr/queue_pack.py reads them. One row instead of a hundred thousand costs a tenth.
SELECT string_agg(timestamptz_send(q.entered_at) || int8send(q.call_id) || int8send(q.caller_id)
    || CASE q.exit WHEN 'answered' THEN '\x0000'::bytea WHEN 'abandoned' THEN '\x0001' WHEN 'timeout' THEN '\x0002'
                   WHEN 'key_exit' THEN '\x0003' WHEN 'empty' THEN '\x0004' WHEN 'withdrawn' THEN '\x0005'
                   WHEN 'flow_out' THEN '\x0006' ELSE '\x0007' END
    || float8send(coalesce(q.wait_s, 'NaN')) || float8send(coalesce(q.talk_s, 'NaN'))
    || float8send(coalesce(extract(epoch FROM q.ended_at - q.entered_at)::double precision, 'NaN'))
    || int4send(q.transfers) || int4send(q.ring_no_answer) || int4send(c.cell_id) || int4send(a.cell_id), '')
FROM ivr.queue_calls q
JOIN ivr.queue_cells c ON c.grain = 1 AND c.queue = q.queue
JOIN ivr.queue_cells a ON a.grain = 2 AND a.queue = q.queue AND coalesce(a.agent, '') = coalesce(q.agent, '')
WHERE q.source_id = $1 AND q.entered_at >= $2 AND q.entered_at < $3
  AND ($4::integer[] IS NULL OR c.cell_id = ANY ($4::integer[]))
