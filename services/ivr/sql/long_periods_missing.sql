-- One row per calendar month, quarter and year with calls whose number of different callers is not there.
-- $2: only periods that ended before this day; null: all.
SELECT DISTINCT p.period, date_trunc(p.period, d.day::timestamp)::date AS since,
       (date_trunc(p.period, d.day::timestamp) + p.length)::date AS until
FROM (SELECT DISTINCT day FROM ivr.queue_caller_days WHERE source_id = $1) d
CROSS JOIN (VALUES ('month', interval '1 month'), ('quarter', interval '3 months'), ('year', interval '1 year'))
    AS p (period, length)
WHERE ($2::date IS NULL OR (date_trunc(p.period, d.day::timestamp) + p.length)::date <= $2::date)
  AND NOT EXISTS (SELECT FROM ivr.queue_unique_callers u WHERE u.source_id = $1 AND u.period = p.period
                  AND u.queue IS NULL AND u.since = date_trunc(p.period, d.day::timestamp)::date)
ORDER BY 2, 1
