-- One row per agent of a month of $2 of source $1 that has none (null: nobody): queues added up, sketches only joined.
SELECT d.month, k.agent, d.source_id,
       sum(d.offered)::integer AS offered, sum(d.answered)::integer AS answered,
       sum(d.abandoned)::integer AS abandoned, sum(d.timed_out)::integer AS timed_out,
       sum(d.key_exits)::integer AS key_exits, sum(d.empty_exits)::integer AS empty_exits,
       sum(d.withdrawn)::integer AS withdrawn, sum(d.flowed_out)::integer AS flowed_out, sum(d.open)::integer AS open,
       sum(d.transfers)::integer AS transfers, sum(d.ring_no_answer)::integer AS ring_no_answer,
       sum(d.wait_n)::integer AS wait_n,
       sum(d.wait_s_total) AS wait_s_total, max(d.wait_s_max) AS wait_s_max,
       sum(d.wait_answered_n)::integer AS wait_answered_n, sum(d.wait_answered_s_total) AS wait_answered_s_total,
       sum(d.queued_n)::integer AS queued_n, sum(d.talk_n)::integer AS talk_n, sum(d.talk_s_total) AS talk_s_total,
       sum(d.duration_n)::integer AS duration_n, sum(d.duration_s_total) AS duration_s_total,
       max(d.duration_s_max) AS duration_s_max,
       string_agg(d.waits_answered, '') AS waits_answered, string_agg(d.waits_abandoned, '') AS waits_abandoned,
       string_agg(d.waits_other, '') AS waits_other, string_agg(d.talks, '') AS talks,
       string_agg(d.durations, '') AS durations
FROM ivr.totals_missing x
JOIN ivr.queue_months d ON d.month = x.since AND d.source_id = x.source_id
JOIN ivr.queue_cells k USING (cell_id)
WHERE x.rollup = 'queue_agents' AND x.source_id = $1 AND x.since = ANY ($2::date[]) AND d.grain = 2
GROUP BY 1, 2, 3
