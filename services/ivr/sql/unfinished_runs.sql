-- One row per run that is queued or running, of all sources or of one; age_s since its last sign of life; the process
-- that last worked on it, null before the first.
SELECT r.run_id, r.source_id, s.source, s.kind, s.zone, r.state, r.request::text AS request, r.attempt, r.requested_by,
       extract(epoch FROM now() - coalesce(r.heartbeat_at, r.queued_at))::double precision AS age_s,
       l.holder
FROM ivr.runs r JOIN ivr.sources s USING (source_id)
LEFT JOIN ivr.leases l ON l.source_id = r.source_id AND l.epoch = r.epoch
WHERE r.state IN ('queued', 'running') AND ($1::smallint IS NULL OR r.source_id = $1)
ORDER BY r.run_id
