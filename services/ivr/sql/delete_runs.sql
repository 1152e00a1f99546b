-- The runs themselves, once the proofs that point at them are gone.
DELETE FROM ivr.runs WHERE run_id = ANY ($1::bigint[])
