-- One row per published unit of source $1 whose rollups are not those of its calls, oldest first: at least one, and
-- no more calls together than $2.
SELECT unit_id, first_started_at, last_started_at, rows_published FROM (
    SELECT *, sum(rows_published) OVER (ORDER BY unit_date, unit_id) - rows_published AS before
    FROM ivr.units WHERE source_id = $1 AND digest IS NOT NULL AND rolled_up_at IS DISTINCT FROM published_at) AS u
WHERE before = 0 OR before + rows_published <= $2
ORDER BY unit_date, unit_id
