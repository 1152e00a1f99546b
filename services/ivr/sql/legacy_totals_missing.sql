-- One row per day of $2, unit and meaning of the menu of source $1 without a total: its DIDs added up, their sketches only
-- joined.
SELECT d.day, d.unit_id, k.menu_abandoned, d.source_id,
       sum(d.calls)::integer AS calls, sum(d.transferred)::integer AS transferred,
       sum(d.ended_in_ivr)::integer AS ended_in_ivr, sum(d.no_typed_line)::integer AS no_typed_line,
       sum(d.same_line)::integer AS same_line, sum(d.different_line)::integer AS different_line,
       sum(d.menu_errors)::integer AS menu_errors, sum(d.swapped_times)::integer AS swapped_times,
       sum(d.duration_n)::integer AS duration_n,
       sum(d.duration_s_total)::bigint AS duration_s_total, max(d.duration_s_max) AS duration_s_max,
       string_agg(d.durations, '') AS durations
FROM ivr.totals_missing x
JOIN ivr.legacy_days d ON d.day = x.since AND d.unit_id = x.unit_id AND d.source_id = x.source_id
JOIN ivr.legacy_cells k USING (cell_id)
WHERE x.rollup = 'legacy_days' AND x.source_id = $1 AND x.since = ANY ($2::date[]) AND d.grain = 1
GROUP BY 1, 2, 3, 4
