-- Nothing returned: queue_repeat_days of source $1 after the calls ($2 call_id, $3 caller_id, $4 entered_at) came in and
-- the data's end moved from $5 to $6. Only calls whose answer can differ are looked at, and the difference is added.
WITH source AS (
    SELECT zone FROM ivr.sources WHERE source_id = $1
), fresh AS MATERIALIZED (
    SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[]) AS n (call_id, caller_id, entered_at)
), looked_at AS (
    SELECT call_id, caller_id, entered_at FROM fresh
    UNION
    -- The last call before each new one: it may have become repeated.
    SELECT b.call_id, b.caller_id, b.entered_at FROM fresh n CROSS JOIN LATERAL (
        SELECT q.call_id, q.caller_id, q.entered_at FROM ivr.queue_calls q
        WHERE q.source_id = $1 AND q.caller_id = n.caller_id AND n.caller_id <> 0
          AND q.entered_at >= n.entered_at - interval '604800 seconds' AND q.entered_at <= n.entered_at
          AND (q.entered_at, q.call_id) < (n.entered_at, n.call_id)
          AND NOT EXISTS (SELECT FROM fresh f WHERE f.call_id = q.call_id)
        ORDER BY q.entered_at DESC, q.call_id DESC LIMIT 1) b
    UNION
    -- Calls whose window the data has only now reached to the end of.
    SELECT q.call_id, q.caller_id, q.entered_at
    FROM (VALUES (interval '3600 seconds'), (interval '86400 seconds'), (interval '604800 seconds')) AS w (length)
    JOIN ivr.queue_calls q ON q.source_id = $1 AND q.entered_at > $5::timestamptz - w.length
        AND q.entered_at <= $6::timestamptz - w.length
), judged AS (
    SELECT c.entered_at, q.queue, c.caller_id <> 0 AS known, f.call_id IS NULL AS was_there,
           (SELECT min(x.entered_at) FROM ivr.queue_calls x
            WHERE x.source_id = $1 AND x.caller_id = c.caller_id AND c.caller_id <> 0 AND x.entered_at >= c.entered_at
              AND x.entered_at <= c.entered_at + interval '604800 seconds'
              AND (x.entered_at, x.call_id) > (c.entered_at, c.call_id)) - c.entered_at AS again,
           (SELECT min(x.entered_at) FROM ivr.queue_calls x
            WHERE x.source_id = $1 AND x.caller_id = c.caller_id AND c.caller_id <> 0 AND x.entered_at >= c.entered_at
              AND x.entered_at <= c.entered_at + interval '604800 seconds'
              AND (x.entered_at, x.call_id) > (c.entered_at, c.call_id)
              AND NOT EXISTS (SELECT FROM fresh y WHERE y.call_id = x.call_id)) - c.entered_at AS again_before
    FROM looked_at c
    JOIN ivr.queue_calls q ON q.caller_id = c.caller_id AND q.entered_at = c.entered_at AND q.call_id = c.call_id
    LEFT JOIN fresh f ON f.call_id = c.call_id
), sides AS (
    SELECT entered_at, queue, known, again, $6::timestamptz AS data_as_of, 1 AS n FROM judged
    UNION ALL
    SELECT entered_at, queue, known, again_before, $5::timestamptz, -1 FROM judged WHERE was_there
), changes AS (
    SELECT (s.entered_at AT TIME ZONE o.zone)::date AS day, k.cell_id, sum(n) AS calls,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '3600 seconds' <= data_as_of), 0) AS covered_1h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '3600 seconds' <= data_as_of AND known), 0) AS known_1h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '3600 seconds' <= data_as_of AND known
                                   AND again <= interval '3600 seconds'), 0) AS repeated_1h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '86400 seconds' <= data_as_of), 0) AS covered_24h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '86400 seconds' <= data_as_of AND known), 0) AS known_24h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '86400 seconds' <= data_as_of AND known
                                   AND again <= interval '86400 seconds'), 0) AS repeated_24h,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '604800 seconds' <= data_as_of), 0) AS covered_7d,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '604800 seconds' <= data_as_of AND known), 0) AS known_7d,
           coalesce(sum(n) FILTER (WHERE s.entered_at + interval '604800 seconds' <= data_as_of AND known
                                   AND again <= interval '604800 seconds'), 0) AS repeated_7d
    FROM sides s CROSS JOIN source o JOIN ivr.queue_cells k ON k.grain = 1 AND k.queue = s.queue
    GROUP BY 1, 2
)
INSERT INTO ivr.queue_repeat_days AS r (day, cell_id, source_id, calls, covered_1h, known_1h, repeated_1h,
    covered_24h, known_24h, repeated_24h, covered_7d, known_7d, repeated_7d)
SELECT day, cell_id, $1, calls, covered_1h, known_1h, repeated_1h, covered_24h, known_24h, repeated_24h, covered_7d,
       known_7d, repeated_7d
FROM changes
WHERE (calls, covered_1h, known_1h, repeated_1h, covered_24h, known_24h, repeated_24h, covered_7d, known_7d, repeated_7d)
    <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT (day, cell_id, source_id) DO UPDATE SET calls = r.calls + excluded.calls,
    covered_1h = r.covered_1h + excluded.covered_1h, known_1h = r.known_1h + excluded.known_1h,
    repeated_1h = r.repeated_1h + excluded.repeated_1h, covered_24h = r.covered_24h + excluded.covered_24h,
    known_24h = r.known_24h + excluded.known_24h, repeated_24h = r.repeated_24h + excluded.repeated_24h,
    covered_7d = r.covered_7d + excluded.covered_7d, known_7d = r.known_7d + excluded.known_7d,
    repeated_7d = r.repeated_7d + excluded.repeated_7d
