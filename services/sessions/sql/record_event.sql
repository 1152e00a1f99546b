-- One event for the audit trail; the function takes the service's name from the role.
SELECT audit.record_event($1, $2, $3, $4, $5, $6, $7::jsonb)
