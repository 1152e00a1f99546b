-- Legs of one source that its cdr tells again, by their ids under the key of before.
DELETE FROM ivr.call_legs WHERE source_id = $1 AND leg_id = ANY ($2::bigint[])
