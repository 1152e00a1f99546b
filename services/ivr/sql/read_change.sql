-- One change of a dimension.
SELECT change_id, kind, target, wanted, requested_by, state, calls_expected, calls_done, queued_at, started_at, finished_at,
       error
FROM ivr.dimension_changes WHERE change_id = $1
