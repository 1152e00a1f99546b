-- The earlier report of sender $2 with key $3: does its body equal $4, and which deployment came of it?
SELECT e.body_sha256 = sha256($4) AS same_body, l.deployment_id
FROM dora.events AS e
LEFT JOIN dora.deployment_events AS l USING (event_id)
WHERE e.source = $1 AND e.sender = $2 AND e.idempotency_key = $3
