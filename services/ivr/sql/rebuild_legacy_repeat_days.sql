-- One row per local day in [$2, $3) and cell of grain 2 of source $1, from the facts; to be deleted before.
WITH source AS (
    SELECT s.source_id, s.zone, v.data_as_of FROM ivr.sources s LEFT JOIN ivr.data_versions v USING (source_id)
    WHERE s.source_id = $1
), calls AS (
    SELECT c.started_at, c.caller_id, c.did_id, c.menu_id, c.centre_id, s.data_as_of,
           (c.started_at AT TIME ZONE s.zone)::date AS day,
           -- Beyond $3 too: the next call of the last day's callers may be a week away.
           lead(c.started_at) OVER (PARTITION BY c.caller_id ORDER BY c.started_at, c.call_id) AS next_at
    FROM ivr.legacy_calls c JOIN source s USING (source_id)
    WHERE c.started_at >= ($2::date)::timestamp AT TIME ZONE s.zone
      AND c.started_at <= ($3::date)::timestamp AT TIME ZONE s.zone + interval '604800 seconds'
), judged AS (
    SELECT day, did_id, menu_id, e.centre_kind IN ('hung_up', 'null') AS ended, caller_id <> 0 AS known,
           started_at + interval '3600 seconds' <= data_as_of IS TRUE AS covered_1h,
           started_at + interval '86400 seconds' <= data_as_of IS TRUE AS covered_24h,
           started_at + interval '604800 seconds' <= data_as_of IS TRUE AS covered_7d,
           next_at <= started_at + interval '3600 seconds' IS TRUE AS again_1h,
           next_at <= started_at + interval '86400 seconds' IS TRUE AS again_24h,
           next_at <= started_at + interval '604800 seconds' IS TRUE AS again_7d
    FROM calls JOIN ivr.centres e USING (centre_id) WHERE day >= $2 AND day < $3
)
INSERT INTO ivr.legacy_repeat_days (day, cell_id, source_id, calls, ended_in_ivr, covered_1h, known_1h, repeated_1h,
    covered_24h, known_24h, repeated_24h, covered_7d, known_7d, repeated_7d, ended_known_24h, ended_repeated_24h)
SELECT day, k.cell_id, $1, count(*), count(*) FILTER (WHERE ended),
       count(*) FILTER (WHERE covered_1h), count(*) FILTER (WHERE covered_1h AND known),
       count(*) FILTER (WHERE covered_1h AND known AND again_1h),
       count(*) FILTER (WHERE covered_24h), count(*) FILTER (WHERE covered_24h AND known),
       count(*) FILTER (WHERE covered_24h AND known AND again_24h),
       count(*) FILTER (WHERE covered_7d), count(*) FILTER (WHERE covered_7d AND known),
       count(*) FILTER (WHERE covered_7d AND known AND again_7d),
       count(*) FILTER (WHERE ended AND covered_24h AND known),
       count(*) FILTER (WHERE ended AND covered_24h AND known AND again_24h)
FROM judged j JOIN ivr.legacy_cells k ON k.grain = 2 AND k.did_id = j.did_id AND k.menu_id = j.menu_id
GROUP BY 1, 2
