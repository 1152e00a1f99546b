-- Steps of one source that its cel tells again, by their ids under the key of before.
DELETE FROM ivr.call_steps WHERE source_id = $1 AND step_id = ANY ($2::bigint[])
