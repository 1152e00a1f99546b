-- The hours of months of source $1 anew, by the zone that it has now.
SELECT ivr.count_month_hours($1)
