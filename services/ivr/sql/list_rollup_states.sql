-- One row per source: whether rollups hold all of its facts, and how far their rebuild has come.
SELECT v.source, v.complete, coalesce(r.phase, 'waiting') AS phase, r.calls_expected, coalesce(r.calls_done, 0) AS calls_done,
       r.error, r.updated_at
FROM ivr.rollups_v1 v JOIN ivr.sources s ON s.source = v.source LEFT JOIN ivr.rollup_states r USING (source_id)
ORDER BY v.source
