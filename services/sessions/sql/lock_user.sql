-- The person, locked: sign-ins, blocks and changes of one person happen one after another.
SELECT user_id, username, password_hash, state, must_change_password, segment
FROM sessions.users
WHERE user_id = $1
FOR UPDATE
