-- Replaces what a person has chosen.
UPDATE sessions.users SET preferences = $2::jsonb, updated_at = now() WHERE user_id = $1
