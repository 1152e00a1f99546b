-- Rule $1 could not be evaluated at $2 for the reason $3; after $4 failures in a row it is paused.
UPDATE analytics.alert_rules
SET evaluated_at = $2, detail = $3, failures = failures + 1,
    state = CASE WHEN failures + 1 >= $4 THEN 'paused' ELSE state END
WHERE rule_id = $1 AND state = 'active'
RETURNING state
