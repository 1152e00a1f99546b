-- The export to be made next: the oldest that waits or was left by a killed process, locked against other workers.
-- Of people with much to do nobody comes twice before the others have come once: who has run least is first.
SELECT waiting.export_id, waiting.user_id, waiting.schedule_id, waiting.idempotency_key, waiting.kind, waiting.format,
       waiting.name, waiting.request, waiting.state, waiting.attempts, waiting.rows_done, waiting.rows_total,
       waiting.bytes, waiting.detail, waiting.segment, waiting.data_as_of, waiting.created_at, waiting.started_at,
       waiting.finished_at, waiting.expires_at, waiting.schedule_told
FROM analytics.exports AS waiting
WHERE waiting.state IN ('queued', 'running')
ORDER BY (SELECT count(*) FROM analytics.exports AS busy
          WHERE busy.user_id = waiting.user_id AND busy.state = 'running' AND busy.export_id <> waiting.export_id),
         waiting.export_id
FOR UPDATE OF waiting SKIP LOCKED
