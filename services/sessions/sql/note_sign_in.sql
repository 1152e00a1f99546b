-- The person has signed in; $2 is a hash with today's parameters, or null to keep the old one.
UPDATE sessions.users
SET last_signed_in_at = now(), password_hash = coalesce($2, password_hash)
WHERE user_id = $1
