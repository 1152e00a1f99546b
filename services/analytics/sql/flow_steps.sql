-- One row per transition of calls between menus in [$1, $2): from null is the entry, to null an end, which `ended` names.
WITH steps AS (
    SELECT source, unique_id, caller_id, menu, ended,
           lag(menu) OVER way AS earlier, lead(menu) OVER way AS later, row_number() OVER way AS place
    FROM ivr.call_steps_v1
    WHERE at >= $1 AND at < $2
    WINDOW way AS (PARTITION BY source, unique_id ORDER BY number, at, step_id)
)
SELECT menu AS from_menu, later AS to_menu, CASE WHEN later IS NULL THEN ended END AS ended,
       count(*) AS passes, count(DISTINCT caller_id) AS callers
FROM steps GROUP BY 1, 2, 3
UNION ALL
SELECT NULL, menu, NULL, count(*), count(DISTINCT caller_id) FROM steps WHERE place = 1 GROUP BY menu
