-- Puts the functions $3 on side $2 of rule $1.
INSERT INTO sessions.separation_rule_functions (rule_code, side, function_code)
SELECT $1, $2, unnest($3::text[])
ON CONFLICT DO NOTHING
