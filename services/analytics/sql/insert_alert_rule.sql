-- A new rule of person $1; no row when they have one of this name.
INSERT INTO analytics.alert_rules (user_id, owner, group_code, name, severity, definition, cooldown_s)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
ON CONFLICT (user_id, name) DO NOTHING
RETURNING rule_id
