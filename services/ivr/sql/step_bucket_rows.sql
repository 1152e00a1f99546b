-- The steps of one day in the buckets $4.
SELECT step_id AS call_id, hash, extract(epoch FROM h.at)::double precision AS at, description
FROM ivr.call_step_hashes($1) h
WHERE h.at >= $2 AND h.at < $3 AND ((step_id >> 56) & 255) = ANY ($4::bigint[])
LIMIT $5
