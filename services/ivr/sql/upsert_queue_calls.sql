-- One row per queue entry; a later batch that knows more of a call replaces what was known.
INSERT INTO ivr.queue_calls AS q (call_id, caller_id, source_id, callid, queue, agent, entered_at, ended_at, exit, wait_s,
                                  ring_s, talk_s, entry_position, transfers, ring_no_answer)
SELECT u.call_id, u.caller_id, $1::smallint, u.callid, u.queue, u.agent, u.entered_at, u.ended_at, u.exit, u.wait_s,
       u.ring_s, u.talk_s, u.entry_position, u.transfers, u.ring_no_answer
FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
            $9::text[], $10::double precision[], $11::double precision[], $12::double precision[], $13::integer[],
            $14::integer[], $15::integer[])
    AS u (call_id, caller_id, callid, queue, agent, entered_at, ended_at, exit, wait_s, ring_s, talk_s, entry_position,
          transfers, ring_no_answer)
ON CONFLICT (caller_id, entered_at, call_id) DO UPDATE SET
    agent = excluded.agent, ended_at = excluded.ended_at, exit = excluded.exit, wait_s = excluded.wait_s,
    ring_s = excluded.ring_s, talk_s = excluded.talk_s, transfers = excluded.transfers,
    ring_no_answer = excluded.ring_no_answer
