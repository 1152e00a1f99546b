-- From one of the states $2 to $3; no row when the person was in none of them.
UPDATE sessions.users
SET state = $3, updated_at = now()
WHERE user_id = $1 AND state = ANY ($2::text[])
RETURNING user_id
