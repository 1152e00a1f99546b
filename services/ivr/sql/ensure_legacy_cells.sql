-- Nothing returned: the cells of every grain that the calls of the units $1 fall into, made where they are missing.
INSERT INTO ivr.legacy_cells (grain, did_id, menu_id, option_id, centre_id, menu_abandoned)
SELECT DISTINCT g.grain, c.did_id, CASE WHEN g.grain IN (2, 4) THEN c.menu_id END,
       CASE WHEN g.grain = 4 THEN c.option_id END, CASE WHEN g.grain IN (3, 4) THEN c.centre_id END,
       CASE WHEN g.grain IN (1, 3) THEN m.menu_abandoned END
FROM (SELECT DISTINCT did_id, menu_id, option_id, centre_id FROM ivr.legacy_calls WHERE unit_id = ANY ($1::integer[])) c
JOIN ivr.menus m ON m.menu_id = c.menu_id
CROSS JOIN unnest(ARRAY[1, 2, 3, 4]::smallint[]) AS g (grain)
ON CONFLICT DO NOTHING
