-- How many rules person $1 has. One counting at a time per person: two requests must not both find room for the last.
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('analytics.alert_rules', $1)))
SELECT count(rule_id) FROM alone LEFT JOIN analytics.alert_rules ON user_id = $1
