-- Person $2 is told of rule $1 from severity $3 on.
INSERT INTO analytics.alert_subscriptions (rule_id, user_id, min_severity) VALUES ($1, $2, $3)
ON CONFLICT (rule_id, user_id) DO UPDATE SET min_severity = excluded.min_severity
