-- What the holder of a live token is told about it.
SELECT u.user_id, u.username, u.display_name, u.preferences, u.segment, u.must_change_password, t.expires_at,
       t.expires_at AS idle_expires_at,
       ARRAY(
           SELECT unnest(t.functions) INTERSECT SELECT unnest(sessions.effective_functions(u.user_id)) ORDER BY 1
       ) AS functions
FROM sessions.tokens AS t
JOIN sessions.users AS u USING (user_id)
WHERE t.token_id = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND u.state = 'active'
