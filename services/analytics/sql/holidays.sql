-- One row per day of the holiday calendar.
SELECT day FROM ivr.holidays_v1 ORDER BY day
