-- The token with the hash $1, dead or alive; its functions are those that its owner still holds.
SELECT token_id, kind, granted, expires_at, user_id, username, segment, must_change_password, stale, reason,
       CASE WHEN reason IS NULL THEN ARRAY(
           SELECT unnest(granted) INTERSECT SELECT unnest(
               CASE WHEN functions_until > now() THEN functions ELSE sessions.effective_functions(user_id) END
           ) ORDER BY 1
       ) END AS functions
FROM (
    SELECT t.token_id, t.kind, t.functions AS granted, t.expires_at, u.user_id, u.username, u.segment,
           u.must_change_password, u.functions, u.functions_until,
           t.last_used_at IS NULL OR t.last_used_at < now() - $2::interval AS stale,
           CASE
               WHEN t.revoked_at IS NOT NULL THEN 'REVOKED'
               WHEN t.expires_at <= now() THEN 'EXPIRED'
               WHEN u.state <> 'active' THEN 'ACCOUNT_' || upper(u.state)
           END AS reason
    FROM sessions.tokens AS t
    JOIN sessions.users AS u USING (user_id)
    WHERE t.token_hash = $1
) AS found
