-- The first and the last moment that facts of an Asterisk source tell of; null when it has none.
SELECT min(f.first) AS first, max(f.last) AS last FROM (
    SELECT min(entered_at) AS first, max(entered_at) AS last FROM ivr.queue_calls WHERE source_id = $1
    UNION ALL SELECT min(started_at), max(started_at) FROM ivr.call_legs WHERE source_id = $1
    UNION ALL SELECT min(at), max(at) FROM ivr.call_steps WHERE source_id = $1
) f
