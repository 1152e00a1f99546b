-- Nothing returned: the cells of the calls of source $1 that entered in [$2, $3), made where they are missing.
INSERT INTO ivr.queue_cells (grain, queue, agent)
SELECT 1, queue, NULL FROM ivr.queue_calls WHERE source_id = $1 AND entered_at >= $2 AND entered_at < $3
UNION SELECT 2, queue, agent FROM ivr.queue_calls WHERE source_id = $1 AND entered_at >= $2 AND entered_at < $3
ON CONFLICT DO NOTHING
