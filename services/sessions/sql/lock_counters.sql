-- Both counters of one attempt, locked in one order so that two attempts cannot wait for each other.
SELECT network, failures, streak, window_since, locked_until, lockouts
FROM sessions.sign_in_failures
WHERE account_key = $1 AND network IN ($2, $3)
ORDER BY network
FOR UPDATE
