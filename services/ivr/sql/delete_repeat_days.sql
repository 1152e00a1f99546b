-- The repeats of the local days $2 of source $1.
DELETE FROM ivr.legacy_repeat_days WHERE source_id = $1 AND day = ANY ($2::date[])
