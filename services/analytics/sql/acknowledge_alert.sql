-- Somebody ($2) has seen alert $1 and says $3; the first one counts.
UPDATE analytics.alerts SET acknowledged_at = now(), acknowledged_by = $2, note = $3
WHERE alert_id = $1 AND acknowledged_at IS NULL
