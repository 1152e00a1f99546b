-- One run.
SELECT r.run_id, s.source, r.state, r.phase, r.request::text AS request, r.requested_by, r.retry_of, r.attempt,
       r.queued_at, r.started_at, r.finished_at, r.rows_expected, r.rows_read, r.rows_published, r.rows_unchanged,
       r.rows_held, r.rows_rejected, r.rows_duplicate, r.details::text AS details, r.error,
       extract(epoch FROM coalesce(r.finished_at, now()) - r.started_at)::double precision AS elapsed_s
FROM ivr.runs r JOIN ivr.sources s USING (source_id)
WHERE r.run_id = $1
