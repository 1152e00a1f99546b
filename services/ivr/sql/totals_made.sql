-- The totals $1 of source $2 are there from these days or months ($3) on.
DELETE FROM ivr.totals_missing WHERE rollup = $1 AND source_id = $2 AND since = ANY ($3::date[])
