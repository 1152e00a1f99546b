-- What the last run found of one table's zone.
INSERT INTO ivr.zone_checks (source_id, source_table, offset_s, share, rows_looked_at, zone)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source_id, source_table) DO UPDATE SET offset_s = excluded.offset_s, share = excluded.share,
    rows_looked_at = excluded.rows_looked_at, zone = excluded.zone, checked_at = now()
