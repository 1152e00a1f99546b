-- One row per quarter of an hour, cell of grain 1 and unit of $1, from the facts.
INSERT INTO ivr.legacy_quarter_hours (bucket, cell_id, unit_id, source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors, swapped_times,
       duration_n, duration_s_total, duration_s_max)
SELECT date_bin('15 minutes', started_at, timestamptz '2000-01-01 00:00+00') AS bucket, cell_id, unit_id, source_id,
       count(*) AS calls, count(*) FILTER (WHERE centre_kind = 'vdn') AS transferred,
           count(*) FILTER (WHERE centre_kind IN ('hung_up', 'null')) AS ended_in_ivr,
           count(*) FILTER (WHERE line_kind = 0) AS no_typed_line, count(*) FILTER (WHERE line_kind = 1) AS same_line,
           count(*) FILTER (WHERE line_kind = 2) AS different_line,
           count(*) FILTER (WHERE menu_kind = 'phone') AS menu_errors, count(*) FILTER (WHERE swapped) AS swapped_times,
           count(duration_s) AS duration_n, coalesce(sum(duration_s), 0) AS duration_s_total, max(duration_s) AS duration_s_max
FROM ivr.legacy_cell_calls($1::integer[], '{1}')
GROUP BY 1, 2, 3, 4
