-- Rule $1 anew; it is evaluated afresh.
UPDATE analytics.alert_rules
SET group_code = $2, name = $3, severity = $4, definition = $5::jsonb, cooldown_s = $6, seen = NULL, failures = 0,
    detail = NULL, value = NULL, updated_at = now()
WHERE rule_id = $1
