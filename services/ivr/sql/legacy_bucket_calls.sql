-- The calls of one unit in the buckets $3.
SELECT call_id, hash, extract(epoch FROM started_at)::double precision AS at, description
FROM ivr.legacy_call_hashes($1) WHERE unit_id = $2 AND ((call_id >> 56) & 255) = ANY ($3::bigint[])
LIMIT $4
