-- Every rule that is to be watched, with the last time it raised an alert and whether that one is still open.
SELECT r.rule_id, r.user_id, r.name, r.severity, r.group_code, r.definition, r.cooldown_s, r.failures, r.seen,
       r.evaluated_at, last.opened_at, last.alert_id IS NOT NULL AND last.resolved_at IS NULL AS firing
FROM analytics.alert_rules AS r
LEFT JOIN LATERAL (SELECT * FROM analytics.alerts AS a WHERE a.rule_id = r.rule_id
                   ORDER BY a.opened_at DESC LIMIT 1) AS last ON true
WHERE r.state = 'active'
ORDER BY r.evaluated_at NULLS FIRST, r.rule_id
