-- An event in the trail that nobody can change; in the transaction of what it tells.
SELECT audit.record_event($1, $2, $3, $4, $5, NULL, $6::jsonb)
