-- Takes out scheduled runs of queues that found nothing new, older than $1; the newest of each source is kept for its freshness.
WITH old AS (
    SELECT r.run_id FROM ivr.runs r JOIN ivr.sources s ON s.source_id = r.source_id AND s.kind = 'asterisk'
    WHERE r.requested_by = 'schedule' AND r.state = 'succeeded' AND r.finished_at < now() - $1::interval
      AND r.rows_published + r.rows_held + r.rows_rejected = 0
      AND NOT EXISTS (SELECT FROM ivr.runs n WHERE n.retry_of = r.run_id)
      AND r.run_id < (SELECT max(m.run_id) FROM ivr.runs m WHERE m.source_id = r.source_id AND m.state = 'succeeded')
    ORDER BY r.finished_at LIMIT 10000
), units AS (
    DELETE FROM ivr.run_units u USING old WHERE u.run_id = old.run_id
)
SELECT run_id FROM old
