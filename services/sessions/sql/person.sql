-- One person as an administrator sees them.
SELECT user_id, username, display_name, state, segment, must_change_password, password_hash IS NOT NULL AS has_password,
       created_at, last_signed_in_at
FROM sessions.users
WHERE user_id = $1
