-- Rule $1 is active, paused or disabled ($2); $3 says why, if that needs saying. Active again, it starts afresh.
UPDATE analytics.alert_rules
SET state = $2, detail = $3, failures = 0, seen = NULL, updated_at = now()
WHERE rule_id = $1
