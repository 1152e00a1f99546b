-- Puts the functions $2 into group $1.
INSERT INTO sessions.group_functions (group_code, function_code)
SELECT $1, unnest($2::text[])
ON CONFLICT DO NOTHING
