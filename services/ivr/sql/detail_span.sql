-- The first and the last moment of a source's legs and steps.
SELECT least(l.first, t.first) AS first, greatest(l.last, t.last) AS last
FROM (SELECT min(started_at) AS first, max(started_at) AS last FROM ivr.call_legs WHERE source_id = $1) AS l,
     (SELECT min(at) AS first, max(at) AS last FROM ivr.call_steps WHERE source_id = $1) AS t
