-- One row per local day in [$2, $3): rows of one log that runs have published or rejected, duplicates not counted again.
SELECT n.unit_date AS day,
       sum(n.rows_published + n.rows_rejected - coalesce((n.details ->> 'taken_back')::bigint, 0))::bigint AS rows
FROM ivr.run_units n JOIN ivr.runs r USING (run_id)
WHERE r.source_id = $1 AND coalesce(n.details ->> 'log', 'queue_log') = $4
  AND ($2::date IS NULL OR n.unit_date >= $2) AND ($3::date IS NULL OR n.unit_date < $3)
GROUP BY 1
