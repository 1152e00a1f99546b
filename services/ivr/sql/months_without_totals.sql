-- One row per source and month that lacks totals, newest first; of sources with complete rollups.
SELECT DISTINCT s.source_id, s.kind, date_trunc('month', m.since)::date AS month
FROM ivr.totals_missing m JOIN ivr.sources s USING (source_id) JOIN ivr.rollups_v1 v ON v.source = s.source
WHERE v.complete ORDER BY month DESC, source_id
