-- Partitions of the audit trail for this month and the next $1; how many were missing.
SELECT audit.make_partitions($1)
