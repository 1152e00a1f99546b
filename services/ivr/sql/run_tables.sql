-- The tables that a run has already published: a resumed run does not read them again.
SELECT DISTINCT source_table FROM ivr.run_units WHERE run_id = $1
