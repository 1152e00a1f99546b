-- Takes out of group $1 what is not among the functions $2.
DELETE FROM sessions.group_functions WHERE group_code = $1 AND NOT function_code = ANY ($2::text[])
