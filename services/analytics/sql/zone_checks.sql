-- One row per table of a source whose unique ids carry an epoch: how far its local times stand from the zone declared.
SELECT source, source_table, zone, offset_s, share, rows_looked_at, checked_at
FROM ivr.zone_checks_v1
ORDER BY source, source_table
