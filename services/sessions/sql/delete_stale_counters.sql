-- Deletes at most $2 counters that nobody has added to for the time $1.
DELETE FROM sessions.sign_in_failures
WHERE (account_key, network) IN (
    SELECT account_key, network FROM sessions.sign_in_failures
    WHERE updated_at < now() - $1::interval AND (locked_until IS NULL OR locked_until < now())
    ORDER BY updated_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
