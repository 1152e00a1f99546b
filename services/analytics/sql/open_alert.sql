-- Rule $1 has begun to hold: an alert, unless one is open.
INSERT INTO analytics.alerts (rule_id, rule_name, user_id, group_code, severity, definition, segment, value, reference,
                              since, until, opened_at)
SELECT r.rule_id, r.name, r.user_id, r.group_code, r.severity, r.definition, $2, $3, $4, $5, $6, $7
FROM analytics.alert_rules AS r WHERE r.rule_id = $1
ON CONFLICT DO NOTHING
RETURNING alert_id
