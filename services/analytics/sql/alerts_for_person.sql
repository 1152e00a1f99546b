-- Alerts of the rules that person $1 sees, newest first, below number $2, at most $3; only open ones where $4; of rule
-- $5, or all. A value of another data segment than $6 is nobody's but of those without one. $7 is one alert, or null.
SELECT a.alert_id, a.rule_id, a.rule_name, a.user_id, a.group_code, a.severity, a.definition, a.segment, a.value,
       a.reference, a.since, a.until, a.opened_at, a.resolved_at, a.acknowledged_at, a.acknowledged_by, a.note
FROM analytics.alerts AS a
WHERE (a.user_id = $1 OR a.group_code = ANY ((SELECT p.groups FROM analytics.person_v1($1) AS p)::text[]))
  AND ($2::bigint IS NULL OR a.alert_id < $2)
  AND (NOT $4 OR a.resolved_at IS NULL)
  AND ($5::bigint IS NULL OR a.rule_id = $5)
  AND ($6::text IS NULL OR a.segment = $6)
  AND ($7::bigint IS NULL OR a.alert_id = $7)
ORDER BY a.alert_id DESC
LIMIT $3
