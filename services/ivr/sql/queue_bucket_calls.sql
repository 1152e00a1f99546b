-- The calls of one day in the buckets $4.
SELECT call_id, hash, extract(epoch FROM entered_at)::double precision AS at, description
FROM ivr.queue_call_hashes($1)
WHERE entered_at >= $2 AND entered_at < $3 AND ((call_id >> 56) & 255) = ANY ($4::bigint[])
LIMIT $5
