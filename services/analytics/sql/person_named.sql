-- The active person of the name $1: their number and name.
SELECT user_id, username FROM analytics.person_named_v1($1)
