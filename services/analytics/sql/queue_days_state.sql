-- One value: a digest of the versions that the local days [$1, $2) of the queues' sources $3 have. It stays the same when
-- newer days arrive. Estimated numbers of different callers become exact at night, without new calls.
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(' ', source, day, version), ',' ORDER BY source, day)
     FROM ivr.queue_day_versions_v1 WHERE day >= $1::date AND day < $2::date AND source = ANY ($3::text[])),
    (SELECT count(*) FROM ivr.queue_unique_callers_v1 WHERE period <> 'day'))) AS state
