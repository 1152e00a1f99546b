-- The legs of one day in the buckets $4.
SELECT leg_id AS call_id, hash, extract(epoch FROM started_at)::double precision AS at, description
FROM ivr.call_leg_hashes($1)
WHERE started_at >= $2 AND started_at < $3 AND ((leg_id >> 56) & 255) = ANY ($4::bigint[])
LIMIT $5
