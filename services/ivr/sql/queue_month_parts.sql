-- One row per month of $2 and cell (of $3, or all where null) of source $1: the days added up, their sketches end to end.
SELECT date_trunc('month', day)::date AS month, grain, cell_id,
       sum(offered)::integer, sum(answered)::integer, sum(abandoned)::integer, sum(timed_out)::integer,
       sum(key_exits)::integer, sum(empty_exits)::integer, sum(withdrawn)::integer, sum(flowed_out)::integer,
       sum(open)::integer, sum(transfers)::integer, sum(ring_no_answer)::integer, sum(wait_n)::integer,
       sum(wait_s_total), max(wait_s_max), sum(wait_answered_n)::integer, sum(wait_answered_s_total),
       sum(queued_n)::integer, sum(talk_n)::integer, sum(talk_s_total), sum(duration_n)::integer,
       sum(duration_s_total), max(duration_s_max),
       string_agg(waits_answered, ''), string_agg(waits_abandoned, ''), string_agg(waits_other, ''),
       string_agg(talks, ''), string_agg(durations, '')
FROM ivr.queue_days
WHERE source_id = $1 AND day >= $2 AND day < ($2::date + interval '1 month')::date
  AND grain IN (1, 2) AND ($3::integer[] IS NULL OR cell_id = ANY ($3::integer[]))
GROUP BY 1, 2, 3
