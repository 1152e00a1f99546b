-- One row per month of $2 and cell of source $1, grains 3 and 4, from the days; to be deleted before.
INSERT INTO ivr.legacy_months (month, grain, cell_id, source_id, calls, transferred, ended_in_ivr, no_typed_line,
    same_line, different_line, menu_errors, swapped_times, weekday_calls, duration_n, duration_s_total, duration_s_max,
    durations)
SELECT date_trunc('month', day)::date, grain, cell_id, source_id, sum(calls), sum(transferred), sum(ended_in_ivr),
       sum(no_typed_line), sum(same_line), sum(different_line), sum(menu_errors), sum(swapped_times),
       coalesce(sum(calls) FILTER (WHERE extract(isodow FROM day) <= 5), 0), sum(duration_n), sum(duration_s_total),
       max(duration_s_max), NULL
FROM ivr.legacy_days
WHERE grain IN (3, 4) AND source_id = $1 AND date_trunc('month', day)::date = ANY ($2::date[])
  AND day >= (SELECT min(m) FROM unnest($2::date[]) AS m)
  AND day < (SELECT max(m) FROM unnest($2::date[]) AS m) + interval '1 month'
GROUP BY 1, 2, 3, 4
