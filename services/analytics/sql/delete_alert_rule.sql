-- Forgets rule $1; its alerts stay as history.
WITH closed AS (UPDATE analytics.alerts SET resolved_at = now() WHERE rule_id = $1 AND resolved_at IS NULL)
DELETE FROM analytics.alert_rules WHERE rule_id = $1
