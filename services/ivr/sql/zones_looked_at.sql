-- Tables whose zone was looked at within $3, while the source had the zone $2.
SELECT source_table FROM ivr.zone_checks WHERE source_id = $1 AND zone = $2 AND checked_at > now() - $3::interval
