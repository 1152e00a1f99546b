-- One row per configured source: how often it has published (0 never) and up to when its data reaches.
SELECT source, kind, zone, version, data_as_of, updated_at
FROM ivr.data_version_v1
ORDER BY kind, source
