-- Live sessions of person $1 (null: of everybody) before the cursor $2, newest first; $4 is the idle limit.
SELECT s.session_id, s.user_id, u.username, s.created_at, s.last_seen_at, s.expires_at,
       least(s.last_seen_at + $4::interval, s.expires_at) AS idle_expires_at,
       host(s.client_address) AS client_address, s.user_agent
FROM sessions.sessions AS s
JOIN sessions.users AS u USING (user_id)
WHERE s.revoked_at IS NULL AND s.expires_at > now() AND s.last_seen_at + $4::interval > now()
    AND ($1::bigint IS NULL OR s.user_id = $1) AND s.session_id < $2
ORDER BY s.session_id DESC
LIMIT $3
