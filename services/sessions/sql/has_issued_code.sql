-- Whether person $2 has ever issued a one-time code of person $1.
SELECT EXISTS (SELECT FROM sessions.one_time_codes WHERE user_id = $1 AND created_by = $2)
