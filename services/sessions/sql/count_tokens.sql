-- How many live tokens a person has.
SELECT count(*) FROM sessions.tokens WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
