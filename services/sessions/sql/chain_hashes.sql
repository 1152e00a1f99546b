-- The links at the positions $1.
SELECT position, hash FROM audit.seals WHERE position = ANY ($1::bigint[])
