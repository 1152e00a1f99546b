-- One row per local day, cell of every grain and unit of $1, from the facts; grains 1 and 2 with a sketch.
WITH calls AS MATERIALIZED (
    SELECT * FROM ivr.legacy_cell_calls($1::integer[], '{1,2,3,4}')
), counted AS (
    SELECT day, grain, cell_id, unit_id, source_id,
           count(*) AS calls, count(*) FILTER (WHERE centre_kind = 'vdn') AS transferred,
           count(*) FILTER (WHERE centre_kind IN ('hung_up', 'null')) AS ended_in_ivr,
           count(*) FILTER (WHERE line_kind = 0) AS no_typed_line, count(*) FILTER (WHERE line_kind = 1) AS same_line,
           count(*) FILTER (WHERE line_kind = 2) AS different_line,
           count(*) FILTER (WHERE menu_kind = 'phone') AS menu_errors, count(*) FILTER (WHERE swapped) AS swapped_times,
           count(duration_s) AS duration_n, coalesce(sum(duration_s), 0) AS duration_s_total, max(duration_s) AS duration_s_max
    FROM calls GROUP BY 1, 2, 3, 4, 5
), coded AS (
    SELECT day, cell_id, unit_id, ivr.value_code(duration_s) AS code, count(*) AS n
    FROM calls WHERE duration_s IS NOT NULL AND grain <= 2 GROUP BY 1, 2, 3, 4
), sketched AS (
    SELECT day, cell_id, unit_id, string_agg(ivr.sketch_entry(code, n), '' ORDER BY code) AS durations
    FROM coded GROUP BY 1, 2, 3
)
INSERT INTO ivr.legacy_days (day, grain, cell_id, unit_id, source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times,
       duration_n, duration_s_total, duration_s_max, durations)
SELECT day, grain, cell_id, unit_id, source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times,
       duration_n, duration_s_total, duration_s_max, CASE WHEN grain <= 2 THEN coalesce(durations, '') END
FROM counted LEFT JOIN sketched USING (day, cell_id, unit_id)
