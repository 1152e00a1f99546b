-- One row per configured source: how often it has published (0 never), up to when its data reaches, whether its rollups
-- hold all of its facts, whether those of months by hours follow its clock, and since when all calls are there (null: none were dropped).
-- `counted_by` is the same in each: a digest of what menus, DIDs and days count as.
SELECT source, kind, zone, version, data_as_of, updated_at, rollups.complete AS rollups_complete,
       rollups.month_hours_fit,
       removed.kept_since AS calls_kept_since, removed.removed_at AS calls_removed_at,
       (SELECT md5(concat_ws('|',
            (SELECT string_agg(concat_ws(' ', menu, menu_abandoned, menu_goal), ',' ORDER BY menu)
             FROM ivr.menus_v1 WHERE menu_abandoned OR menu_goal),
            (SELECT string_agg(concat_ws(' ', did, segment), ',' ORDER BY did)
             FROM ivr.dids_v1 WHERE segment <> 'desconocido'),
            (SELECT string_agg(day::text, ',' ORDER BY day) FROM ivr.holidays_v1)))) AS counted_by
FROM ivr.data_version_v1 AS versions
JOIN ivr.rollups_v1 AS rollups USING (source)
LEFT JOIN ivr.removed_calls_v1 AS removed ON true
ORDER BY kind, source
