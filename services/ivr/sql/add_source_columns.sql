-- The columns that a table has now.
INSERT INTO ivr.source_columns (source_id, source_table, name, kind)
SELECT $1, $2, n, k FROM unnest($3::text[], $4::text[]) AS u (n, k)
