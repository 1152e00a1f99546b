-- Which menus count as abandoned and as a goal reached; null leaves a flag as it is.
UPDATE ivr.menus SET menu_abandoned = coalesce($2, menu_abandoned), menu_goal = coalesce($3, menu_goal),
    updated_at = now()
WHERE menu_key = $1
RETURNING menu, menu_kind, menu_abandoned AS abandoned, menu_goal AS goal, updated_at
