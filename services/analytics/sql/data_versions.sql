-- One row per configured source: how often it has published (0 never), up to when its data reaches, and whether its
-- rollups hold all of its facts.
SELECT source, kind, zone, version, data_as_of, updated_at, rollups.complete AS rollups_complete
FROM ivr.data_version_v1 AS versions
JOIN ivr.rollups_v1 AS rollups USING (source)
ORDER BY kind, source
