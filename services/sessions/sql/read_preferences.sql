-- What a person has chosen, as JSON.
SELECT preferences FROM sessions.users WHERE user_id = $1
