-- The first month of source $1 with calls from $2 on, of all months when $2 is null; null when there is none.
SELECT date_trunc('month', min(day))::date FROM ivr.legacy_days
WHERE grain = 1 AND source_id = $1 AND ($2::date IS NULL OR day >= $2)
