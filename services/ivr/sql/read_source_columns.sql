-- One row per column that a table of a source had when it was last read.
SELECT source_table, name, kind FROM ivr.source_columns WHERE source_id = $1
