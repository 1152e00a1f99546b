-- The segment of one DID, known before its first call or not; the segment it had before.
WITH before AS (SELECT segment FROM ivr.dids WHERE did = $1)
INSERT INTO ivr.dids (did, segment) VALUES ($1, $2)
ON CONFLICT (did) DO UPDATE SET segment = excluded.segment, updated_at = excluded.updated_at
RETURNING did, segment, updated_at, (SELECT segment FROM before) AS segment_before
