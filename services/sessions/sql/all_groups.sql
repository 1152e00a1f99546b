-- Every group with the functions it gives.
SELECT g.code, g.name, g.active,
       ARRAY(SELECT gf.function_code FROM sessions.group_functions AS gf
             WHERE gf.group_code = g.code ORDER BY 1) AS functions
FROM sessions.groups AS g
ORDER BY g.code
