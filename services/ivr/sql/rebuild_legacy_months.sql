-- One row per month of $2 and cell of source $1, from the days; to be deleted before.
WITH days AS MATERIALIZED (
    SELECT date_trunc('month', d.day)::date AS month, d.* FROM ivr.legacy_days d
    WHERE d.source_id = $1 AND date_trunc('month', d.day)::date = ANY ($2::date[])
      AND d.day >= (SELECT min(m) FROM unnest($2::date[]) AS m)
      AND d.day < (SELECT max(m) FROM unnest($2::date[]) AS m) + interval '1 month'
), counted AS (
    SELECT month, grain, cell_id, source_id, sum(calls) AS calls, sum(transferred) AS transferred,
           sum(ended_in_ivr) AS ended_in_ivr, sum(no_typed_line) AS no_typed_line, sum(same_line) AS same_line,
           sum(different_line) AS different_line, sum(menu_errors) AS menu_errors, sum(swapped_times) AS swapped_times,
           coalesce(sum(calls) FILTER (WHERE extract(isodow FROM day) <= 5), 0) AS weekday_calls,
           sum(duration_n) AS duration_n, sum(duration_s_total) AS duration_s_total, max(duration_s_max) AS duration_s_max
    FROM days GROUP BY 1, 2, 3, 4
), coded AS (
    SELECT d.month, d.cell_id, e.code, sum(e.n)::bigint AS n
    FROM days d CROSS JOIN LATERAL ivr.sketch_entries(d.durations) AS e GROUP BY 1, 2, 3
), sketched AS (
    SELECT month, cell_id, string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) AS durations FROM coded GROUP BY 1, 2
)
INSERT INTO ivr.legacy_months (month, grain, cell_id, source_id, calls, transferred, ended_in_ivr, no_typed_line,
    same_line, different_line, menu_errors, swapped_times, weekday_calls, duration_n, duration_s_total, duration_s_max,
    durations)
SELECT month, grain, cell_id, source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line,
       menu_errors, swapped_times, weekday_calls, duration_n, duration_s_total, duration_s_max,
       CASE WHEN grain <= 2 THEN coalesce(durations, '') END
FROM counted LEFT JOIN sketched USING (month, cell_id)
