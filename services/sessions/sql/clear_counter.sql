-- A success ends the counting for one network.
DELETE FROM sessions.sign_in_failures WHERE account_key = $1 AND network = $2
