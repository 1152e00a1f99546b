-- One row per menu ($1 <= start < $2, of segment $3 or all), per option of it, per centre behind that, per centre and of
-- all: `level` 3, 1, 0, 6, 7. The last two tell different callers, which no sum of the others does.
-- Lost is who reached neither a centre nor a menu that counts as a goal.
SELECT grouping(menu, option, centre) AS level, menu, option, centre, bool_or(centre_kind = 'vdn') AS reached,
       bool_or(menu_goal) AS goal, bool_or(menu_abandoned) AS abandoned,
       count(*) AS passes, count(DISTINCT caller_id) AS callers,
       count(*) FILTER (WHERE centre_kind <> 'vdn' AND NOT coalesce(menu_goal, false)) AS lost
FROM ivr.legacy_calls_v1
WHERE started_at >= $1 AND started_at < $2 AND ($3::text IS NULL OR segment = $3)
GROUP BY GROUPING SETS ((menu), (menu, option), (menu, option, centre), (centre), ())
