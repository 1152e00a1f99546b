-- Person $1 as they are now; no row when the account is not active.
SELECT user_id, username, segment, functions, groups FROM analytics.person_v1($1)
