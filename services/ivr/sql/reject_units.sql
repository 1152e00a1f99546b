-- One row per table of a source that has rejects, of all runs or of run $2: how many, their days, and which log of an
-- Asterisk source they stand in (null where the proof of their run is gone).
SELECT j.source_table, count(*) AS rejects, min(j.unit_date) AS first, max(j.unit_date) AS last,
       array_agg(DISTINCT CASE WHEN n.run_id IS NOT NULL THEN coalesce(n.details ->> 'log', 'queue_log') END) AS logs
FROM ivr.rejects j JOIN ivr.sources s USING (source_id)
LEFT JOIN ivr.run_units n
    ON n.run_id = j.run_id AND n.source_table = j.source_table AND n.unit_date = j.unit_date
WHERE s.source = $1 AND ($2::bigint IS NULL OR j.run_id = $2)
GROUP BY 1 ORDER BY 1
