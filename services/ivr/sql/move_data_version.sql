-- Readers of the views see other data from this commit on.
INSERT INTO ivr.data_versions (source_id, version, data_as_of) VALUES ($1, 1, $2)
ON CONFLICT (source_id) DO UPDATE SET version = data_versions.version + 1, updated_at = now(),
    data_as_of = greatest(data_versions.data_as_of, excluded.data_as_of)
