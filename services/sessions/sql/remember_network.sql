-- The right password was given from this network.
INSERT INTO sessions.known_networks (user_id, network)
VALUES ($1, $2)
ON CONFLICT (user_id, network) DO UPDATE SET last_used_at = now()
