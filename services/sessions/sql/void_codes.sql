-- Voids a person's open codes: a newer one, or a chosen password, takes their place.
UPDATE sessions.one_time_codes
SET voided_at = now()
WHERE user_id = $1 AND used_at IS NULL AND voided_at IS NULL
