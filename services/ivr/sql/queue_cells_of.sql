-- The cells of the pairs ($1, $2) of queue and agent: of the queue, and of both together.
SELECT p.queue, p.agent, c.cell_id, a.cell_id AS agent_cell_id
FROM unnest($1::text[], $2::text[]) AS p (queue, agent)
JOIN ivr.queue_cells c ON c.grain = 1 AND c.queue = p.queue
JOIN ivr.queue_cells a ON a.grain = 2 AND a.queue = p.queue AND a.agent IS NOT DISTINCT FROM p.agent
