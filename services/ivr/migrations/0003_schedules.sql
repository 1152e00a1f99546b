-- Schedules: finds the last run over a whole source without reading through the runs of every ten seconds.
SET LOCAL lock_timeout = '5s';

CREATE INDEX runs_finished_empty ON ivr.runs (finished_at)
    WHERE requested_by = 'schedule' AND state = 'succeeded' AND rows_published + rows_held + rows_rejected = 0;
