-- What is published of one unit from now on.
UPDATE ivr.units SET rows_read = $2, rows_published = $3, digest = $4, first_started_at = $5, last_started_at = $6,
    published_by = $7, published_at = now(), rolled_up_at = now(), held_rows = NULL, held_at = NULL,
    key_epoch = (SELECT r.key_epoch FROM ivr.runs r WHERE r.run_id = $7)
WHERE unit_id = $1
