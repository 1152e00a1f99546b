-- One row per published unit of a table; with $3 the digest of a unit that has rejects is empty, so that it is written again.
SELECT u.unit_id, u.unit_date, u.rows_read, u.rows_published,
       CASE WHEN $3::boolean AND EXISTS (SELECT FROM ivr.rejects j WHERE j.source_id = u.source_id
           AND j.source_table = u.source_table AND j.unit_date = u.unit_date) THEN '\x'::bytea ELSE u.digest END AS digest
FROM ivr.units u
WHERE u.source_id = $1 AND u.source_table = $2 AND u.digest IS NOT NULL
