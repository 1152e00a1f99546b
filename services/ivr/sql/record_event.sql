-- An event in the trail that nobody can change.
SELECT audit.record_event($1, $2, $3, $4, $5, NULL, $6::jsonb)
