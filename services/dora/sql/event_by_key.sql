-- The earlier report of sender $2 with key $3: does its body equal $4, and what is it about?
SELECT e.body_sha256 = sha256($4) AS same_body, e.kind, t.entity_key
FROM dora.events AS e
LEFT JOIN dora.tellings AS t USING (event_id)
WHERE e.source = $1 AND e.sender = $2 AND e.idempotency_key = $3
