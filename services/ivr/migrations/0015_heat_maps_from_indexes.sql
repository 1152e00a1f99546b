-- A year by weekday and hour of the day reads every hour of every queue or DID. The counts travel in the primary key, so
-- that such a question reads the index alone: rows are twenty times as wide, with the distributions of their values.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ivr.queue_hours DROP CONSTRAINT queue_hours_pkey, ADD PRIMARY KEY (bucket, cell_id, source_id)
    INCLUDE (offered, answered, abandoned, timed_out, key_exits, empty_exits, withdrawn, flowed_out, open, transfers,
             ring_no_answer);
ALTER TABLE ivr.legacy_hours DROP CONSTRAINT legacy_hours_pkey, ADD PRIMARY KEY (bucket, cell_id, unit_id)
    INCLUDE (source_id, calls, transferred, ended_in_ivr, no_typed_line, same_line, different_line, menu_errors,
             swapped_times);
