-- One row per source whose hours of months are counted by the clock of another zone than the one that it has now.
SELECT z.source_id FROM ivr.month_hours_zones z JOIN ivr.sources s USING (source_id) WHERE z.zone <> s.zone ORDER BY 1
