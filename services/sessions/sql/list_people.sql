-- People after the cursor $3 whose name contains $1 (null: all), in state $2 (null: any).
SELECT user_id, username, display_name, state, segment, must_change_password, password_hash IS NOT NULL AS has_password,
       created_at, last_signed_in_at
FROM sessions.users
WHERE user_id > $3
    AND ($1::text IS NULL OR position(lower($1) IN username) > 0 OR position(lower($1) IN lower(display_name)) > 0)
    AND ($2::text IS NULL OR state = $2)
ORDER BY user_id
LIMIT $4
