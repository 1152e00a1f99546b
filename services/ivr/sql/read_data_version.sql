-- How often the data of a source has changed.
SELECT coalesce(max(version), 0) FROM ivr.data_versions WHERE source_id = $1
