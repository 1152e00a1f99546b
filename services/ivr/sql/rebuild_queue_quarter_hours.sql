-- One row per quarter of an hour in [$2, $3) and queue of source $1, from the facts; to be deleted before.
WITH calls AS MATERIALIZED (
    SELECT date_bin('15 minutes', c.entered_at, timestamptz '2000-01-01 00:00+00') AS bucket, k.cell_id, c.exit, c.transfers, c.ring_no_answer,
           CASE WHEN c.exit <> 'open' THEN c.wait_s END AS wait_s, CASE WHEN c.exit = 'answered' THEN c.talk_s END AS talk_s,
           extract(epoch FROM c.ended_at - c.entered_at)::float8 AS duration_s
    FROM ivr.queue_calls c
    JOIN ivr.queue_cells k ON k.grain = 1 AND k.queue = c.queue
    WHERE c.source_id = $1 AND c.entered_at >= $2 AND c.entered_at < $3
), counted AS (
    SELECT bucket, cell_id,
           count(*) AS offered, count(*) FILTER (WHERE exit = 'answered') AS answered,
           count(*) FILTER (WHERE exit = 'abandoned') AS abandoned, count(*) FILTER (WHERE exit = 'timeout') AS timed_out,
           count(*) FILTER (WHERE exit = 'key_exit') AS key_exits, count(*) FILTER (WHERE exit = 'empty') AS empty_exits,
           count(*) FILTER (WHERE exit = 'withdrawn') AS withdrawn,
           count(*) FILTER (WHERE exit = 'flow_out') AS flowed_out, count(*) FILTER (WHERE exit = 'open') AS open,
           sum(transfers) AS transfers, sum(ring_no_answer) AS ring_no_answer,
           count(wait_s) AS wait_n, coalesce(sum(wait_s), 0) AS wait_s_total, max(wait_s) AS wait_s_max,
           count(wait_s) FILTER (WHERE exit = 'answered') AS wait_answered_n,
           coalesce(sum(wait_s) FILTER (WHERE exit = 'answered'), 0) AS wait_answered_s_total,
           count(*) FILTER (WHERE exit = 'answered' AND wait_s > 0) AS queued_n,
           count(talk_s) AS talk_n, coalesce(sum(talk_s), 0) AS talk_s_total,
           count(duration_s) AS duration_n, coalesce(sum(duration_s), 0) AS duration_s_total,
           max(duration_s) AS duration_s_max
    FROM calls GROUP BY 1, 2
), coded AS (
    SELECT bucket, cell_id, v.kind, ivr.value_code(v.seconds) AS code, count(*) AS n
    FROM calls CROSS JOIN LATERAL (VALUES
        (CASE exit WHEN 'answered' THEN 'waits_answered' WHEN 'abandoned' THEN 'waits_abandoned' ELSE 'waits_other' END, wait_s),
        ('talks', talk_s), ('durations', duration_s)) AS v (kind, seconds)
    WHERE v.seconds >= 0 GROUP BY bucket, cell_id, v.kind, code
), sketched AS (
    SELECT bucket, cell_id,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_answered'), '') AS waits_answered,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_abandoned'), '') AS waits_abandoned,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_other'), '') AS waits_other,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'talks'), '') AS talks,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'durations'), '') AS durations
    FROM coded GROUP BY bucket, cell_id
)
INSERT INTO ivr.queue_quarter_hours (bucket, cell_id, source_id,
    offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
    ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n,
    talk_n, talk_s_total, duration_n, duration_s_total, duration_s_max, waits_answered, waits_abandoned,
    waits_other, talks, durations)
SELECT bucket, cell_id, $1,
    offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
    ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n,
    talk_n, talk_s_total, duration_n, duration_s_total, duration_s_max,
    coalesce(waits_answered, ''), coalesce(waits_abandoned, ''), coalesce(waits_other, ''), coalesce(talks, ''), coalesce(durations, '')
FROM counted LEFT JOIN sketched USING (bucket, cell_id)
