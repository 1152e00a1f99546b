-- Nothing returned: cells of both grains for the pairs ($1, $2) of queue and agent, made where they are missing.
INSERT INTO ivr.queue_cells (grain, queue, agent)
SELECT n.grain, n.queue, n.agent
FROM (SELECT 1::smallint AS grain, queue, NULL AS agent FROM unnest($1::text[]) AS queue
      UNION SELECT 2, queue, agent FROM unnest($1::text[], $2::text[]) AS p (queue, agent)) n
WHERE NOT EXISTS (SELECT FROM ivr.queue_cells c
                  WHERE c.grain = n.grain AND c.queue = n.queue AND c.agent IS NOT DISTINCT FROM n.agent)
ON CONFLICT DO NOTHING
