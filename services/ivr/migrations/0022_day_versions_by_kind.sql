-- The versions of days by kind of source: whoever asks about queues does not look through the days of all legacy calls.
-- ivr.day_versions_v1 is both together, as before, for who reads it.
SET LOCAL lock_timeout = '5s';

CREATE VIEW ivr.legacy_day_versions_v1 AS
SELECT s.source, d.day, sum(hashint8extended(d.unit_id, 0)::numeric
       + extract(epoch FROM u.published_at) * 1000000)::text AS version
FROM (SELECT DISTINCT source_id, day, unit_id FROM ivr.legacy_days WHERE grain = 1) d
JOIN ivr.units u ON u.unit_id = d.unit_id
JOIN ivr.sources s ON s.source_id = d.source_id
GROUP BY s.source, d.day;

CREATE VIEW ivr.queue_day_versions_v1 AS
SELECT s.source, v.day, v.version::text AS version
FROM ivr.queue_day_versions v JOIN ivr.sources s ON s.source_id = v.source_id;

CREATE OR REPLACE VIEW ivr.day_versions_v1 AS
SELECT source, day, version FROM ivr.legacy_day_versions_v1
UNION ALL
SELECT source, day, version FROM ivr.queue_day_versions_v1;

GRANT SELECT ON ivr.legacy_day_versions_v1, ivr.queue_day_versions_v1 TO iact_analytics, iact_ivr;
