-- One row: how this transaction writes instants (in the time zone $1) and days as texts.
SELECT set_config('TimeZone', $1, true), set_config('DateStyle', 'ISO', true);
