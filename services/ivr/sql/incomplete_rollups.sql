-- One row per legacy source whose rollups do not hold all of its facts, with the month that its rebuild has come to.
SELECT s.source_id, s.source, s.zone, r.months_until
FROM ivr.sources s JOIN ivr.rollups_v1 v ON v.source = s.source LEFT JOIN ivr.rollup_states r USING (source_id)
WHERE s.kind = 'legacy' AND NOT v.complete ORDER BY s.source_id
