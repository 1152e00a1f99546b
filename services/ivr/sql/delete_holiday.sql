-- Takes a holiday out of the calendar.
DELETE FROM ivr.holidays WHERE day = $1 RETURNING day
