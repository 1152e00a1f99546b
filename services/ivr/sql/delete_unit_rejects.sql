-- The rejects of units that are published again; NO unit date means: of the whole stream.
DELETE FROM ivr.rejects WHERE source_id = $1 AND source_table = $2 AND unit_date = ANY ($3::date[])
