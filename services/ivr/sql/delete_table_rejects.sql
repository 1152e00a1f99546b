-- The rejects of tables or files that are read again from their beginning.
DELETE FROM ivr.rejects WHERE source_id = $1 AND source_table = ANY ($2::text[])
