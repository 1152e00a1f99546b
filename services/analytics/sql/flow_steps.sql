-- One row per transition of calls between menus in [$1, $2): from null is the entry, to null an end, which `ended` names.
-- Then one row per menu, per end and of the entry (`is_node`) with its different callers, which no sum tells.
WITH steps AS (
    SELECT source, unique_id, caller_id, menu, ended,
           lag(menu) OVER way AS earlier, lead(menu) OVER way AS later, row_number() OVER way AS place
    FROM ivr.call_steps_v1
    WHERE at >= $1 AND at < $2
    WINDOW way AS (PARTITION BY source, unique_id ORDER BY number, at, step_id)
)
SELECT false AS is_node, menu AS from_menu, later AS to_menu, CASE WHEN later IS NULL THEN ended END AS ended,
       count(*) AS passes, count(DISTINCT caller_id) AS callers
FROM steps GROUP BY 2, 3, 4
UNION ALL
SELECT false, NULL, menu, NULL, count(*), count(DISTINCT caller_id) FROM steps WHERE place = 1 GROUP BY menu
UNION ALL
SELECT true, NULL, menu, NULL, count(*), count(DISTINCT caller_id) FROM steps GROUP BY menu
UNION ALL
SELECT true, NULL, NULL, coalesce(ended, 'open'), count(*), count(DISTINCT caller_id)
FROM steps WHERE later IS NULL GROUP BY 4
UNION ALL
SELECT true, NULL, NULL, NULL, count(*), count(DISTINCT caller_id) FROM steps WHERE place = 1 HAVING count(*) > 0
