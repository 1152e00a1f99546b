-- The proof of one unit in one run. A later batch of the same unit adds to it.
INSERT INTO ivr.run_units (run_id, source_table, unit_date, rows_read, rows_published, rows_unchanged, rows_held,
                           rows_rejected, rows_duplicate, outcome, details)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
ON CONFLICT (run_id, source_table, unit_date) DO UPDATE SET
    rows_read = run_units.rows_read + excluded.rows_read,
    rows_published = run_units.rows_published + excluded.rows_published,
    rows_unchanged = run_units.rows_unchanged + excluded.rows_unchanged,
    rows_held = run_units.rows_held + excluded.rows_held,
    rows_rejected = run_units.rows_rejected + excluded.rows_rejected,
    rows_duplicate = run_units.rows_duplicate + excluded.rows_duplicate,
    outcome = CASE WHEN excluded.rows_published > 0 THEN 'published' ELSE run_units.outcome END,
    details = run_units.details || excluded.details
