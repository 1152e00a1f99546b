-- Events that the release before this one kept, a row each.
SELECT stream, position, extract(epoch FROM at)::double precision AS at, callid, queue, agent, verb, caller_id,
       wait_s, talk_s, ring_s, entry_position
FROM ivr.queue_kept_events WHERE source_id = $1 ORDER BY callid, queue_kept_events.at, stream, position
