-- One period's numbers of different callers, of all its queues.
DELETE FROM ivr.queue_unique_callers WHERE source_id = $1 AND period = $2 AND since = $3
