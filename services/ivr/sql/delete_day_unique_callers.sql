-- The numbers of different callers of the days $2.
DELETE FROM ivr.queue_unique_callers WHERE source_id = $1 AND period = 'day' AND since = ANY ($2::date[])
