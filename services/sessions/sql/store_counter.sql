-- The state of one counter after an attempt.
UPDATE sessions.sign_in_failures
SET failures = $3, streak = $4, window_since = $5, locked_until = $6, lockouts = $7, updated_at = now()
WHERE account_key = $1 AND network = $2
