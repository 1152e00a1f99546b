-- The export that person $1 asked for under the Idempotency-Key $2; `same` tells whether the body was $3.
SELECT *, request = $3::jsonb AS same FROM analytics.exports WHERE user_id = $1 AND idempotency_key = $2
