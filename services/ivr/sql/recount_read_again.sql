-- Rows of this run that earlier runs had counted are rows read again: no row is published twice.
UPDATE ivr.run_units n SET
    rows_published = least(n.rows_published, fresh.rows),
    rows_rejected = least(n.rows_rejected, greatest(0, fresh.rows - least(n.rows_published, fresh.rows))),
    rows_duplicate = n.rows_duplicate + n.rows_published + n.rows_rejected
        - least(n.rows_published + n.rows_rejected, fresh.rows),
    outcome = 'read again'
FROM (
    SELECT m.source_table, m.unit_date, greatest(0, m.rows_published + m.rows_rejected - coalesce((
        SELECT sum(e.rows_published + e.rows_rejected) FROM ivr.run_units e JOIN ivr.runs r USING (run_id)
        WHERE r.source_id = $1 AND e.run_id <> $2 AND e.source_table = m.source_table AND e.unit_date = m.unit_date
    ), 0)) AS rows
    FROM ivr.run_units m WHERE m.run_id = $2
) fresh
WHERE n.run_id = $2 AND n.source_table = fresh.source_table AND n.unit_date = fresh.unit_date
