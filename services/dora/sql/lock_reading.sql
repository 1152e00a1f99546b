-- One transaction at a time reads events into states, or the second would not see what the first was told.
SELECT pg_advisory_xact_lock($1, $2)
