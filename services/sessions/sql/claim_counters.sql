-- Both counters of one attempt exist after this: that of network $2 and that of all unknown networks, $3.
INSERT INTO sessions.sign_in_failures (account_key, network)
VALUES ($1, $2), ($1, $3)
ON CONFLICT DO NOTHING
