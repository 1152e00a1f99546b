-- Event $1 tells about deployment $2.
INSERT INTO dora.deployment_events (event_id, deployment_id) VALUES ($1, $2)
