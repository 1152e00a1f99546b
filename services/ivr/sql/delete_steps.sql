-- Steps by their places: a later event told the call otherwise.
DELETE FROM ivr.call_steps t
USING unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS k (caller_id, at, step_id)
WHERE t.caller_id = k.caller_id AND t.at = k.at AND t.step_id = k.step_id
