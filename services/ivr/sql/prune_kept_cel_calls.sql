-- The same of all calls whose last event lies before $2, or before $3 without their LINKEDID_END.
DELETE FROM ivr.cel_kept_events k
USING (SELECT linked_id FROM ivr.cel_kept_events WHERE source_id = $1 GROUP BY linked_id
       HAVING max(at) < CASE WHEN bool_or(kind = 'LINKEDID_END') THEN $2::timestamptz ELSE $3::timestamptz END) AS over
WHERE k.source_id = $1 AND k.linked_id = over.linked_id
