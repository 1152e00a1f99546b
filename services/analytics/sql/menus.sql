-- One row per menu that any call has had, as first seen.
SELECT menu
FROM ivr.menus_v1
ORDER BY menu
