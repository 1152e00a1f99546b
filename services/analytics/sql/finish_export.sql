-- Attempt $2 at export $1 is over: done or failed, and the audit trail says so. No row when it is no longer wanted.
WITH ended AS (
    UPDATE analytics.exports
    SET state = $3, detail = $4, rows_done = coalesce($5, rows_done), bytes = $6, segment = $7, data_as_of = $8,
        finished_at = now(), expires_at = now() + $9::interval
    WHERE export_id = $1 AND attempts = $2 AND state = 'running'
    RETURNING *
)
SELECT export_id,
       audit.record_event(
           CASE state WHEN 'done' THEN 'EXPORT_MADE' ELSE 'EXPORT_FAILED' END, user_id, 'export', export_id::text,
           NULL, NULL,
           jsonb_build_object('kind', kind, 'format', format, 'rows', rows_done, 'bytes', bytes, 'segment', segment,
                              'schedule_id', schedule_id))
FROM ended
