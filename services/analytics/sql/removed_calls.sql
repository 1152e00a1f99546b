-- One row when retention has dropped months: since when all calls are there, when the last ones went, and how many did.
SELECT kept_since, removed_at, calls FROM ivr.removed_calls_v1
