-- The end of a run. Its counts are those of the units that were published, whatever progress said before.
UPDATE ivr.runs r SET state = $2, phase = 'finished', error = $3, finished_at = now(), heartbeat_at = now(),
    details = r.details || $4::jsonb,
    rows_read = CASE WHEN $2 = 'succeeded' THEN u.rows_read ELSE greatest(r.rows_read, u.rows_read) END,
    rows_expected = CASE WHEN $2 = 'succeeded' THEN u.rows_read ELSE r.rows_expected END,
    rows_published = u.rows_published, rows_unchanged = u.rows_unchanged, rows_held = u.rows_held,
    rows_rejected = u.rows_rejected, rows_duplicate = u.rows_duplicate
FROM (
    SELECT coalesce(sum(rows_read), 0) AS rows_read, coalesce(sum(rows_published), 0) AS rows_published,
           coalesce(sum(rows_unchanged), 0) AS rows_unchanged, coalesce(sum(rows_held), 0) AS rows_held,
           coalesce(sum(rows_rejected), 0) AS rows_rejected, coalesce(sum(rows_duplicate), 0) AS rows_duplicate
    FROM ivr.run_units WHERE run_id = $1
) u
WHERE r.run_id = $1 AND r.state IN ('queued', 'running')
