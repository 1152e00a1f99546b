-- Rule $1 was evaluated at $2 on the state $3 of the data: its value $4, or why there is none ($5); in data segment $6.
UPDATE analytics.alert_rules
SET evaluated_at = $2, seen = $3, value = $4, detail = $5, value_segment = $6, failures = 0
WHERE rule_id = $1 AND state = 'active'
