-- One row per unit and segment of published calls in [$2, $3). A call whose unit is unknown has an empty table.
SELECT coalesce(u.source_table, '') AS source_table, coalesce(u.unit_date, date '1900-01-01') AS day, c.segment AS name,
       count(*) AS rows, sum(c.hash)::text AS hash
FROM ivr.legacy_call_hashes($1) c LEFT JOIN ivr.units u ON u.unit_id = c.unit_id
WHERE (($2::date IS NULL OR u.unit_date >= $2) AND ($3::date IS NULL OR u.unit_date < $3) OR u.unit_id IS NULL)
GROUP BY 1, 2, 3
