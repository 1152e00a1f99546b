-- One row per published unit in [$2, $3): the digest of its source rows, and how many of them were rejected.
SELECT u.unit_id, u.source_table, u.unit_date AS day, u.digest, u.held_at IS NOT NULL AS held,
       (SELECT count(*) FROM ivr.rejects j WHERE j.source_id = u.source_id AND j.source_table = u.source_table
        AND j.unit_date = u.unit_date) AS rejects
FROM ivr.units u
WHERE u.source_id = $1 AND u.digest IS NOT NULL
  AND ($2::date IS NULL OR u.unit_date >= $2) AND ($3::date IS NULL OR u.unit_date < $3)
