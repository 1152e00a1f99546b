-- Who is told of an alert of rule $1 besides its owner: subscribers who may still see it, whose severity it reaches,
-- and whose data segment is none or that of its value ($2).
SELECT s.user_id
FROM analytics.alert_subscriptions AS s
JOIN analytics.alert_rules AS r USING (rule_id)
CROSS JOIN LATERAL analytics.person_v1(s.user_id) AS p
WHERE s.rule_id = $1 AND s.user_id <> r.user_id AND r.group_code = ANY (p.groups) AND 'ALR-001' = ANY (p.functions)
  AND (p.segment IS NULL OR p.segment = $2)
  AND array_position(ARRAY['info', 'warning', 'critical'], r.severity)
      >= array_position(ARRAY['info', 'warning', 'critical'], s.min_severity)
ORDER BY s.user_id
