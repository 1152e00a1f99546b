-- The oldest unfinished change, now running; a running one was left by a process that died.
UPDATE ivr.dimension_changes SET state = 'running', started_at = now(), calls_done = 0, calls_expected = NULL
WHERE change_id = (SELECT min(change_id) FROM ivr.dimension_changes WHERE state IN ('queued', 'running'))
RETURNING change_id, kind, target, wanted, actor_id, request_id
