-- The functions that person $1 holds now.
SELECT sessions.effective_functions($1)
