-- Since when all calls are there: retention has dropped those before. Null while it has dropped none.
SELECT ivr.calls_kept_since()
