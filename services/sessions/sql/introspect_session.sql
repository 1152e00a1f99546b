-- The session whose token has the hash $1, dead or alive: `reason` says why it does not count. $2 is the idle limit.
-- What the person may do is kept beside it while nothing that it holds has ended by itself.
SELECT session_id, user_id, username, segment, must_change_password, idle_expires_at, stale, reason,
       CASE
           WHEN reason IS NOT NULL THEN NULL
           WHEN functions_until > now() THEN functions
           ELSE sessions.effective_functions(user_id)
       END AS functions
FROM (
    SELECT s.session_id, u.user_id, u.username, u.segment, u.must_change_password, u.functions, u.functions_until,
           least(s.last_seen_at + $2::interval, s.expires_at) AS idle_expires_at,
           s.last_seen_at < now() - $3::interval AS stale,
           CASE
               WHEN s.revoked_at IS NOT NULL THEN s.revoke_reason
               WHEN s.expires_at <= now() THEN 'EXPIRED'
               WHEN s.last_seen_at + $2::interval <= now() THEN 'IDLE'
               WHEN u.state <> 'active' THEN 'ACCOUNT_' || upper(u.state)
           END AS reason
    FROM sessions.sessions AS s
    JOIN sessions.users AS u USING (user_id)
    WHERE s.token_hash = $1
) AS found
