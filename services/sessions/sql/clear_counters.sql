-- A redeemed code proves the owner: every counter of the name ends.
DELETE FROM sessions.sign_in_failures WHERE account_key = $1
