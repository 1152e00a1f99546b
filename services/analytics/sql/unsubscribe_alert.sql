-- Person $2 is told of rule $1 no more.
DELETE FROM analytics.alert_subscriptions WHERE rule_id = $1 AND user_id = $2
