-- One row per month of $2 and cell of source $1, grains 1 and 2, from the days; the days' sketches are only joined.
SELECT date_trunc('month', day)::date AS month, grain, cell_id, source_id, sum(calls)::bigint AS calls,
       sum(transferred)::bigint AS transferred, sum(ended_in_ivr)::bigint AS ended_in_ivr,
       sum(no_typed_line)::bigint AS no_typed_line, sum(same_line)::bigint AS same_line,
       sum(different_line)::bigint AS different_line, sum(menu_errors)::bigint AS menu_errors,
       sum(swapped_times)::bigint AS swapped_times,
       coalesce(sum(calls) FILTER (WHERE extract(isodow FROM day) <= 5), 0)::bigint AS weekday_calls,
       sum(duration_n)::bigint AS duration_n, sum(duration_s_total)::bigint AS duration_s_total,
       max(duration_s_max) AS duration_s_max, string_agg(durations, '') AS durations
FROM ivr.legacy_days
WHERE grain IN (1, 2) AND source_id = $1 AND date_trunc('month', day)::date = ANY ($2::date[])
  AND day >= (SELECT min(m) FROM unnest($2::date[]) AS m)
  AND day < (SELECT max(m) FROM unnest($2::date[]) AS m) + interval '1 month'
GROUP BY 1, 2, 3, 4
