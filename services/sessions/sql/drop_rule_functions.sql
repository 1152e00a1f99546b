-- Empties side $2 of rule $1.
DELETE FROM sessions.separation_rule_functions WHERE rule_code = $1 AND side = $2
