-- One row per month of $2 and cell of source $1, from the days; to be deleted before.
WITH days AS MATERIALIZED (
    SELECT date_trunc('month', d.day)::date AS month, d.* FROM ivr.queue_days d
    WHERE d.source_id = $1 AND date_trunc('month', d.day)::date = ANY ($2::date[])
), counted AS (
    SELECT month, grain, cell_id,
           sum(offered) AS offered, sum(answered) AS answered, sum(abandoned) AS abandoned,
           sum(timed_out) AS timed_out, sum(key_exits) AS key_exits, sum(empty_exits) AS empty_exits,
           sum(withdrawn) AS withdrawn, sum(flowed_out) AS flowed_out, sum(open) AS open,
           sum(transfers) AS transfers, sum(ring_no_answer) AS ring_no_answer, sum(wait_n) AS wait_n,
           sum(wait_s_total) AS wait_s_total, max(wait_s_max) AS wait_s_max,
           sum(wait_answered_n) AS wait_answered_n, sum(wait_answered_s_total) AS wait_answered_s_total,
           sum(queued_n) AS queued_n, sum(talk_n) AS talk_n, sum(talk_s_total) AS talk_s_total,
           sum(duration_n) AS duration_n, sum(duration_s_total) AS duration_s_total,
           max(duration_s_max) AS duration_s_max
    FROM days GROUP BY 1, 2, 3
), coded AS (
    SELECT d.month, d.cell_id, v.kind, e.code, sum(e.n)::bigint AS n
    FROM days d CROSS JOIN LATERAL (VALUES ('waits_answered', d.waits_answered), ('waits_abandoned', d.waits_abandoned), ('waits_other', d.waits_other), ('talks', d.talks), ('durations', d.durations)) AS v (kind, sketch)
    CROSS JOIN LATERAL ivr.sketch_entries(v.sketch) AS e GROUP BY 1, 2, 3, 4
), sketched AS (
    SELECT month, cell_id,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_answered'), '') AS waits_answered,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_abandoned'), '') AS waits_abandoned,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'waits_other'), '') AS waits_other,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'talks'), '') AS talks,
           coalesce(string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) FILTER (WHERE kind = 'durations'), '') AS durations
    FROM coded GROUP BY 1, 2
)
INSERT INTO ivr.queue_months (month, grain, cell_id, source_id,
    offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
    ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n,
    talk_n, talk_s_total, duration_n, duration_s_total, duration_s_max, waits_answered, waits_abandoned,
    waits_other, talks, durations)
SELECT month, grain, cell_id, $1,
    offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
    ring_no_answer, wait_n, wait_s_total, wait_s_max, wait_answered_n, wait_answered_s_total, queued_n,
    talk_n, talk_s_total, duration_n, duration_s_total, duration_s_max,
    coalesce(waits_answered, ''), coalesce(waits_abandoned, ''), coalesce(waits_other, ''), coalesce(talks, ''), coalesce(durations, '')
FROM counted LEFT JOIN sketched USING (month, cell_id)
