-- Ends one live session; no row when it has ended already. Never an upsert: an ended session stays ended.
UPDATE sessions.sessions
SET revoked_at = now(), revoke_reason = $2
WHERE session_id = $1 AND revoked_at IS NULL
RETURNING user_id
