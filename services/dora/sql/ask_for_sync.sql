-- Somebody waits for a look into this repository.
UPDATE dora.repositories SET asked_at = clock_timestamp() WHERE repository_id = $1 RETURNING *
