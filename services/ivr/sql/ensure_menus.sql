-- One row per menu key in $1 with its number and what it counts as; a new menu is shown as it was first seen.
WITH made AS (
    INSERT INTO ivr.menus (menu_key, menu, menu_kind)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT (menu_key) DO NOTHING
    RETURNING menu_key, menu_id, menu_kind, menu_abandoned
)
SELECT menu_key AS name, menu_id AS id, menu_kind AS kind, menu_abandoned AS abandoned FROM made
UNION SELECT menu_key, menu_id, menu_kind, menu_abandoned FROM ivr.menus WHERE menu_key = ANY ($1::text[])
