-- How many published units of a source were made with another key than this one.
SELECT count(*) AS units, coalesce(sum(rows_read), 0)::bigint AS rows
FROM ivr.units WHERE source_id = $1 AND digest IS NOT NULL AND key_epoch IS DISTINCT FROM $2
