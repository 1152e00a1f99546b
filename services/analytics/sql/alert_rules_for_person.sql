-- The rules that person $1 sees: their own and those of their groups. $2 is one rule, or null for all; at most $3.
SELECT r.*, r.user_id = $1 AS own, s.min_severity
FROM analytics.alert_rules AS r
LEFT JOIN analytics.alert_subscriptions AS s ON s.rule_id = r.rule_id AND s.user_id = $1
WHERE ($2::bigint IS NULL OR r.rule_id = $2)
  AND (r.user_id = $1 OR r.group_code = ANY ((SELECT p.groups FROM analytics.person_v1($1) AS p)::text[]))
ORDER BY r.user_id <> $1, lower(r.name), r.rule_id
LIMIT $3
