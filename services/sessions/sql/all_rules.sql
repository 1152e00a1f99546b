-- Every separation rule with its two sides.
SELECT r.code, r.name, r.active,
       ARRAY(SELECT f.function_code FROM sessions.separation_rule_functions AS f
             WHERE f.rule_code = r.code AND f.side = 'A' ORDER BY 1) AS side_a,
       ARRAY(SELECT f.function_code FROM sessions.separation_rule_functions AS f
             WHERE f.rule_code = r.code AND f.side = 'B' ORDER BY 1) AS side_b
FROM sessions.separation_rules AS r
ORDER BY r.code
