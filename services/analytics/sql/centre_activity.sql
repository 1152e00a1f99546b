-- One row per segment and readable centre with calls on local days in [$1, $2) of rollups, in segment $3 or all;
-- `data_until` is the last local day of the data, `holidays` those of the calendar.
SELECT d.segment, d.centre, sum(d.calls)::bigint AS calls, sum(d.weekday_calls)::bigint AS weekday_calls,
       min(d.day) AS first_day, max(d.day) AS last_day,
       (SELECT max((v.data_as_of AT TIME ZONE v.zone)::date) FROM ivr.data_version_v1 v WHERE v.kind = 'legacy')
           AS data_until,
       (SELECT array_agg(h.day) FROM ivr.holidays_v1 h) AS holidays
FROM ivr.legacy_days_v1 d
WHERE d.grain = 3 AND d.day >= $1 AND d.day < $2 AND d.centre_kind = 'vdn' AND ($3::text IS NULL OR d.segment = $3)
GROUP BY 1, 2
