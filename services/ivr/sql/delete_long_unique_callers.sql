-- Longer periods that hold one of the days $2 are counted again at night.
DELETE FROM ivr.queue_unique_callers u USING unnest($2::date[]) AS d (day)
WHERE u.source_id = $1 AND u.period <> 'day' AND u.since = date_trunc(u.period, d.day::timestamp)::date
