-- Whether an export waits, or runs without anybody who holds its lock: its worker was killed.
SELECT EXISTS (
    SELECT FROM analytics.exports
    WHERE state IN ('queued', 'running')
      AND CASE WHEN state = 'queued' THEN true
               ELSE pg_try_advisory_xact_lock(hashtextextended('analytics.export', export_id)) END
)
