-- One deployment may ship several repositories: the commits beside the first one.
SET LOCAL lock_timeout = '5s';

-- [{"repository": …, "commit_sha": …}], in the order in which they were told.
ALTER TABLE dora.deployments ADD COLUMN components jsonb NOT NULL DEFAULT '[]';
