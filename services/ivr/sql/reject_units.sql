-- One row per table of a source that has rejects, of all runs or of run $2: how many, and their days.
SELECT j.source_table, count(*) AS rejects, min(j.unit_date) AS first, max(j.unit_date) AS last
FROM ivr.rejects j JOIN ivr.sources s USING (source_id)
WHERE s.source = $1 AND ($2::bigint IS NULL OR j.run_id = $2)
GROUP BY 1 ORDER BY 1
