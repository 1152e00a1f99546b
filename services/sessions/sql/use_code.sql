-- Spends a one-time code; no row when somebody was faster or it has lapsed.
UPDATE sessions.one_time_codes
SET used_at = now()
WHERE code_hash = $1 AND used_at IS NULL AND voided_at IS NULL AND expires_at > now()
RETURNING user_id, purpose
