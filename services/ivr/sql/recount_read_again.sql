-- Rows of this run that earlier runs had counted are rows read again: no row is published twice. Rejects that are none
-- any more are taken back: their rows count in the days that they turned out to belong to.
UPDATE ivr.run_units n SET
    rows_published = least(n.rows_published, c.fresh),
    rows_rejected = least(n.rows_rejected, greatest(0, c.fresh - least(n.rows_published, c.fresh))),
    rows_duplicate = n.rows_duplicate + n.rows_published + n.rows_rejected
        - least(n.rows_published + n.rows_rejected, c.fresh),
    details = n.details || CASE WHEN n.unit_date = date '1900-01-01' AND c.gone > 0
        THEN jsonb_build_object('taken_back', c.gone) ELSE '{}' END,
    outcome = 'read again'
FROM (
    SELECT m.source_table, m.unit_date, greatest(0, m.rows_published + m.rows_rejected - e.rows) AS fresh,
           greatest(0, e.rows - m.rows_published - m.rows_rejected) AS gone
    FROM ivr.run_units m, LATERAL (
        SELECT coalesce(sum(e.rows_published + e.rows_rejected
                            - coalesce((e.details ->> 'taken_back')::bigint, 0)), 0) AS rows
        FROM ivr.run_units e JOIN ivr.runs r USING (run_id)
        WHERE r.source_id = $1 AND e.run_id <> $2 AND e.source_table = m.source_table AND e.unit_date = m.unit_date
    ) e
    WHERE m.run_id = $2
) c
WHERE n.run_id = $2 AND n.source_table = c.source_table AND n.unit_date = c.unit_date
