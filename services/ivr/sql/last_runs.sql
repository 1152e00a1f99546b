-- One row per source: its last run over everything (or by schedule), and whether it ever succeeded.
SELECT s.source, s.source_id, last.run_id, last.state, last.queued_at, last.started_at, last.finished_at,
       last.requested_by, last.error,
       EXISTS (SELECT FROM ivr.units u WHERE u.source_id = s.source_id AND u.digest IS NOT NULL) AS has_units
FROM ivr.sources s LEFT JOIN LATERAL (
    SELECT * FROM ivr.runs r WHERE r.source_id = s.source_id
      AND (r.requested_by = 'schedule' OR r.request ->> 'from' IS NULL AND r.request ->> 'to' IS NULL
           AND coalesce(r.request -> 'tables', '[]') = '[]' AND coalesce(r.request -> 'logs', '[]') = '[]')
    ORDER BY r.run_id DESC LIMIT 1
) last ON true
