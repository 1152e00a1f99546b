-- Nulls leave a value as it is, except that of the segment, which $3 says to replace by $4.
UPDATE sessions.users
SET display_name = coalesce($2, display_name),
    segment = CASE WHEN $3 THEN $4 ELSE segment END,
    must_change_password = coalesce($5, must_change_password),
    updated_at = now()
WHERE user_id = $1
