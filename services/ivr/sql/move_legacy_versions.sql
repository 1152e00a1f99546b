-- A changed dimension changes what every legacy call means.
INSERT INTO ivr.data_versions (source_id, version)
SELECT source_id, 1 FROM ivr.sources WHERE kind = 'legacy'
ON CONFLICT (source_id) DO UPDATE SET version = data_versions.version + 1, updated_at = now()
