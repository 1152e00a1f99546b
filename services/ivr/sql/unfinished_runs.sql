-- One row per run that is queued or running, of all sources or of one; age_s since its last sign of life.
SELECT r.run_id, r.source_id, s.source, s.kind, s.zone, r.state, r.request::text AS request, r.attempt, r.requested_by,
       extract(epoch FROM now() - coalesce(r.heartbeat_at, r.queued_at))::double precision AS age_s
FROM ivr.runs r JOIN ivr.sources s USING (source_id)
WHERE r.state IN ('queued', 'running') AND ($1::smallint IS NULL OR r.source_id = $1)
ORDER BY r.run_id
