-- One value: a digest of the publications that the legacy calls of the local days [$1, $2) of the sources $3 came by.
-- Every publication moves the version of its source: the same versions, the same digest.
SELECT md5(string_agg(concat_ws(' ', source, day, version), ',' ORDER BY source, day)) AS state
FROM ivr.legacy_day_versions_v1 WHERE day >= $1::date AND day < $2::date AND source = ANY ($3::text[])
