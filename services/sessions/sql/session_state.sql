-- What a signed-in person is told about a live session; $2 is the idle limit.
SELECT u.user_id, u.username, u.display_name, u.preferences, u.segment, u.must_change_password, s.expires_at,
       least(s.last_seen_at + $2::interval, s.expires_at) AS idle_expires_at,
       sessions.effective_functions(u.user_id) AS functions
FROM sessions.sessions AS s
JOIN sessions.users AS u USING (user_id)
WHERE s.session_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND s.last_seen_at + $2::interval > now()
    AND u.state = 'active'
