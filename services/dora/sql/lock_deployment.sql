-- Two reports about one deployment are read one after the other, or the second would not see the first.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), 'dora', $1::text, $2::text, $3::text, $4::text), 0))
