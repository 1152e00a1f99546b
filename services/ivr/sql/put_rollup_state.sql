-- How far the rebuild of source $1 has come; its calls are counted by their units.
INSERT INTO ivr.rollup_states AS r (source_id, complete, phase, months_until, calls_expected, calls_done)
SELECT $1, $2, $3, $4, coalesce(sum(rows_published), 0),
       coalesce(sum(rows_published) FILTER (WHERE rolled_up_at IS NOT DISTINCT FROM published_at), 0)
FROM ivr.units WHERE source_id = $1 AND digest IS NOT NULL
ON CONFLICT (source_id) DO UPDATE SET complete = excluded.complete, phase = excluded.phase,
    months_until = excluded.months_until, calls_expected = excluded.calls_expected, calls_done = excluded.calls_done,
    error = NULL, updated_at = now()
