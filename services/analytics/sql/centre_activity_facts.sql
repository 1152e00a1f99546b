-- As centre_activity, from the calls in [$1, $2), by local days of the zone $3, in segment $4 or all.
WITH calls AS (
    SELECT c.segment, c.centre, (c.started_at AT TIME ZONE $3::text)::date AS day
    FROM ivr.legacy_calls_v1 c
    WHERE c.started_at >= $1 AND c.started_at < $2 AND c.centre_kind = 'vdn'
      AND ($4::text IS NULL OR c.segment = $4)
)
SELECT segment, centre, count(*) AS calls, count(*) FILTER (WHERE extract(isodow FROM day) <= 5) AS weekday_calls,
       min(day) AS first_day, max(day) AS last_day,
       (SELECT max((v.data_as_of AT TIME ZONE $3::text)::date) FROM ivr.data_version_v1 v WHERE v.kind = 'legacy')
           AS data_until,
       (SELECT array_agg(h.day) FROM ivr.holidays_v1 h) AS holidays
FROM calls GROUP BY 1, 2
