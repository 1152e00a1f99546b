-- One row per menu ever seen.
SELECT menu, menu_kind, menu_abandoned AS abandoned, menu_goal AS goal, updated_at FROM ivr.menus ORDER BY menu_key
