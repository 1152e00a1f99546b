-- The menu of one key.
SELECT menu, menu_kind, menu_abandoned AS abandoned, menu_goal AS goal, updated_at FROM ivr.menus WHERE menu_key = $1
