-- Rule $1 holds no more since $2.
UPDATE analytics.alerts SET resolved_at = $2 WHERE rule_id = $1 AND resolved_at IS NULL
