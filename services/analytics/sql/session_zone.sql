-- One row: how this transaction writes instants (in the time zone $1) and days as texts, and that it sorts a part of an
-- export in memory: what a server gives each statement by default puts a hundred thousand calls on the disk.
SELECT set_config('TimeZone', $1, true), set_config('DateStyle', 'ISO', true),
       CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
           THEN set_config('work_mem', '64MB', true) END;
