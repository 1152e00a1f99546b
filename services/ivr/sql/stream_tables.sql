-- The tables that say how far a source's streams are read and what of them is carried over: all with source_id and stream.
SELECT c.relname AS name
FROM pg_class c
WHERE c.relnamespace = 'ivr'::regnamespace AND c.relkind = 'r'
  AND 2 = (SELECT count(*) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attname IN ('source_id', 'stream') AND NOT a.attisdropped)
ORDER BY 1
