-- Every report about one deployment of source $1, service $2, environment $3 with the sender's name $4.
SELECT e.event_id, e.received_at, e.body
FROM dora.deployments AS d
JOIN dora.deployment_events AS l USING (deployment_id)
JOIN dora.events AS e USING (event_id)
WHERE d.source = $1 AND d.service = $2 AND d.environment = $3 AND d.external_id = $4
ORDER BY e.event_id
