-- One row per run that waits or works, with its source.
SELECT r.run_id, s.source FROM ivr.runs r JOIN ivr.sources s USING (source_id) WHERE r.state IN ('queued', 'running')
