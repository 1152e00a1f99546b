-- Exactly one row: the person with the name $1, or nulls, and what is known of the network $2.
SELECT now() AS at, u.user_id, u.password_hash, u.state,
       EXISTS (SELECT FROM sessions.known_networks AS k WHERE k.user_id = u.user_id AND k.network = $2) AS known,
       EXISTS (SELECT FROM sessions.known_networks AS k WHERE k.network = $2) AS network_known
FROM (SELECT $1::text AS username) AS asked
LEFT JOIN sessions.users AS u USING (username)
