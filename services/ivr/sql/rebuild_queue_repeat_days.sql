-- One row per local day in [$2, $3) and queue of source $1, from the facts; to be deleted before.
WITH source AS (
    SELECT s.zone, v.data_as_of FROM ivr.sources s LEFT JOIN ivr.data_versions v USING (source_id) WHERE s.source_id = $1
), calls AS (
    SELECT c.entered_at, c.caller_id, c.queue, s.data_as_of, (c.entered_at AT TIME ZONE s.zone)::date AS day,
           -- Beyond $3 too: the next call of the last day's callers may be a week away.
           lead(c.entered_at) OVER (PARTITION BY c.caller_id ORDER BY c.entered_at, c.call_id) AS next_at
    FROM ivr.queue_calls c CROSS JOIN source s
    WHERE c.source_id = $1 AND c.entered_at >= ($2::date)::timestamp AT TIME ZONE s.zone
      AND c.entered_at <= ($3::date)::timestamp AT TIME ZONE s.zone + interval '604800 seconds'
), judged AS (
    SELECT day, queue, caller_id <> 0 AS known,
           entered_at + interval '3600 seconds' <= data_as_of IS TRUE AS covered_1h,
           entered_at + interval '86400 seconds' <= data_as_of IS TRUE AS covered_24h,
           entered_at + interval '604800 seconds' <= data_as_of IS TRUE AS covered_7d,
           next_at <= entered_at + interval '3600 seconds' IS TRUE AS again_1h,
           next_at <= entered_at + interval '86400 seconds' IS TRUE AS again_24h,
           next_at <= entered_at + interval '604800 seconds' IS TRUE AS again_7d
    FROM calls WHERE day >= $2 AND day < $3
)
INSERT INTO ivr.queue_repeat_days (day, cell_id, source_id, calls, covered_1h, known_1h, repeated_1h,
    covered_24h, known_24h, repeated_24h, covered_7d, known_7d, repeated_7d)
SELECT day, k.cell_id, $1, count(*),
       count(*) FILTER (WHERE covered_1h), count(*) FILTER (WHERE covered_1h AND known),
       count(*) FILTER (WHERE covered_1h AND known AND again_1h),
       count(*) FILTER (WHERE covered_24h), count(*) FILTER (WHERE covered_24h AND known),
       count(*) FILTER (WHERE covered_24h AND known AND again_24h),
       count(*) FILTER (WHERE covered_7d), count(*) FILTER (WHERE covered_7d AND known),
       count(*) FILTER (WHERE covered_7d AND known AND again_7d)
FROM judged j JOIN ivr.queue_cells k ON k.grain = 1 AND k.queue = j.queue
GROUP BY 1, 2
