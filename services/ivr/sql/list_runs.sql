-- One row per run, newest first, older than the cursor $2; $1 narrows to one source.
SELECT r.run_id, s.source, r.state, r.phase, r.request::text AS request, r.requested_by, r.retry_of, r.attempt,
       r.queued_at, r.started_at, r.finished_at, r.rows_expected, r.rows_read, r.rows_published, r.rows_unchanged,
       r.rows_held, r.rows_rejected, r.rows_duplicate, r.details::text AS details, r.error,
       extract(epoch FROM coalesce(r.finished_at, now()) - r.started_at)::double precision AS elapsed_s
FROM ivr.runs r JOIN ivr.sources s USING (source_id)
WHERE ($1::text IS NULL OR s.source = $1) AND ($2::bigint IS NULL OR r.run_id < $2)
ORDER BY r.run_id DESC LIMIT $3
