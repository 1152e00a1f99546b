-- One row per holiday.
SELECT day, name FROM ivr.holidays ORDER BY day
