-- One row: a digest of what answers about the local days [$1, $2) of the sources $3 hang on, but for the legacy calls
-- themselves (legacy_days_state.sql). It stays the same when newer days arrive, and changes when a day of queues does,
-- or what menus, DIDs and days count as.
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(' ', source, day, version), ',' ORDER BY source, day)
     FROM ivr.queue_day_versions_v1 WHERE day >= $1::date AND day < $2::date AND source = ANY ($3::text[])),
    (SELECT string_agg(concat_ws(' ', menu, menu_abandoned, menu_goal), ',' ORDER BY menu)
     FROM ivr.menus_v1 WHERE menu_abandoned OR menu_goal),
    (SELECT string_agg(concat_ws(' ', did, segment), ',' ORDER BY did) FROM ivr.dids_v1 WHERE segment <> 'desconocido'),
    (SELECT string_agg(day::text, ',' ORDER BY day) FROM ivr.holidays_v1),
    -- Estimated numbers of different callers become exact at night, without new calls.
    (SELECT count(*) FROM ivr.queue_unique_callers_v1 WHERE period <> 'day'))) AS state
