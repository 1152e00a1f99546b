-- A password that the person chose.
UPDATE sessions.users
SET password_hash = $2, password_changed_at = now(), must_change_password = false, updated_at = now()
WHERE user_id = $1
