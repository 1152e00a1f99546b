-- The schema of the analytics service. It reads calls through ivr.*_v1 and keeps nothing of its own yet.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA analytics;
REVOKE ALL ON SCHEMA analytics FROM PUBLIC;
GRANT USAGE ON SCHEMA analytics TO iact_analytics;

-- Tables that later files add belong to the owner; the service works with them and cannot change their shape.
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO iact_analytics;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT USAGE ON SEQUENCES TO iact_analytics;
