-- One row per menu of a month of $2 of source $1 that has none: its DIDs added up, their sketches only joined.
SELECT d.month, k.menu_id, d.source_id,
       sum(d.calls)::bigint AS calls, sum(d.transferred)::bigint AS transferred,
       sum(d.ended_in_ivr)::bigint AS ended_in_ivr, sum(d.no_typed_line)::bigint AS no_typed_line,
       sum(d.same_line)::bigint AS same_line, sum(d.different_line)::bigint AS different_line,
       sum(d.menu_errors)::bigint AS menu_errors, sum(d.swapped_times)::bigint AS swapped_times,
       sum(d.weekday_calls)::bigint AS weekday_calls, sum(d.duration_n)::bigint AS duration_n,
       sum(d.duration_s_total)::bigint AS duration_s_total,
       max(d.duration_s_max) AS duration_s_max, string_agg(d.durations, '') AS durations
FROM ivr.totals_missing x
JOIN ivr.legacy_months d ON d.month = x.since AND d.source_id = x.source_id
JOIN ivr.legacy_cells k USING (cell_id)
WHERE x.rollup = 'legacy_menus' AND x.source_id = $1 AND x.since = ANY ($2::date[]) AND d.grain = 2
GROUP BY 1, 2, 3
