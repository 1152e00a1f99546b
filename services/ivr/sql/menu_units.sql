-- One row per unit of source $1 that has calls in menu $2, all of them still there.
SELECT unit_id, first_started_at, last_started_at, rows_published FROM ivr.units
WHERE source_id = $1 AND first_started_at >= coalesce(ivr.calls_kept_since(), '-infinity') AND unit_id IN (
    SELECT r.unit_id FROM ivr.legacy_days r JOIN ivr.legacy_cells k USING (cell_id)
    WHERE r.grain = 2 AND r.source_id = $1 AND k.grain = 2 AND k.menu_id = $2)
ORDER BY unit_date, unit_id
