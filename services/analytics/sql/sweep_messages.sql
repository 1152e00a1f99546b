-- Forgets messages older than $1 and alerts that began longer ago than $2 and have ended, seen from $3.
WITH messages AS (DELETE FROM analytics.messages WHERE created_at < $3::timestamptz - $1::interval)
DELETE FROM analytics.alerts WHERE opened_at < $3::timestamptz - $2::interval AND resolved_at IS NOT NULL
