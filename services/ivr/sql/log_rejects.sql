-- Rows of one log that runs have rejected, duplicates not counted again.
SELECT coalesce(sum(n.rows_rejected - coalesce((n.details ->> 'taken_back')::bigint, 0)), 0)::bigint AS rows
FROM ivr.run_units n JOIN ivr.runs r USING (run_id)
WHERE r.source_id = $1 AND n.details ->> 'log' = $2
