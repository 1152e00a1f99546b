-- One row per source: how new its data is, and how its last runs ended.
SELECT s.source, s.kind, s.zone, coalesce(v.version, 0) AS version, v.data_as_of, v.updated_at,
       done.finished_at AS last_success_at, last.state AS last_state, last.error AS last_error,
       held.units AS held_units
FROM ivr.sources s
LEFT JOIN ivr.data_versions v USING (source_id)
LEFT JOIN LATERAL (
    SELECT finished_at FROM ivr.runs r WHERE r.source_id = s.source_id AND r.state = 'succeeded'
    ORDER BY r.run_id DESC LIMIT 1
) done ON true
LEFT JOIN LATERAL (
    SELECT state, error FROM ivr.runs r WHERE r.source_id = s.source_id AND r.state IN ('succeeded', 'failed')
    ORDER BY r.run_id DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS units FROM ivr.units u WHERE u.source_id = s.source_id AND u.held_at IS NOT NULL
) held ON true
ORDER BY s.source
