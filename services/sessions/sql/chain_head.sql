-- Exactly one row: which chain this is, its last link, and what still waits to be sealed.
SELECT c.chain_id::text AS chain, coalesce(s.position, 0) AS position, s.hash, s.sealed_at,
       (SELECT count(*) FROM audit.unsealed) AS waiting, (SELECT min(at) FROM audit.unsealed) AS waiting_since
FROM audit.chain AS c
LEFT JOIN LATERAL (SELECT position, hash, sealed_at FROM audit.seals ORDER BY position DESC LIMIT 1) AS s ON true
LIMIT 1
