-- The rules that person $1 sees: their own and those of their groups. $2 is one rule, or null for all; at most $3.
-- `firing` and `last_alert_at` tell of the alerts that this person sees, too: $4 is their data segment.
SELECT r.rule_id, r.user_id, r.owner, r.group_code, r.name, r.severity, r.definition, r.cooldown_s, r.state, r.detail,
       r.failures, r.seen, r.value, r.evaluated_at, r.created_at, r.updated_at, r.value_segment,
       r.user_id = $1 AS own, s.min_severity, last.opened_at AS last_alert_at,
       last.alert_id IS NOT NULL AND last.resolved_at IS NULL AS firing
FROM analytics.alert_rules AS r
LEFT JOIN analytics.alert_subscriptions AS s ON s.rule_id = r.rule_id AND s.user_id = $1
LEFT JOIN LATERAL (SELECT a.alert_id, a.opened_at, a.resolved_at FROM analytics.alerts AS a
                   WHERE a.rule_id = r.rule_id AND ($4::text IS NULL OR a.segment = $4)
                   ORDER BY a.opened_at DESC LIMIT 1) AS last ON true
WHERE ($2::bigint IS NULL OR r.rule_id = $2)
  AND (r.user_id = $1 OR r.group_code = ANY ((SELECT p.groups FROM analytics.person_v1($1) AS p)::text[]))
ORDER BY r.user_id <> $1, lower(r.name), r.rule_id
LIMIT $3
