-- Lets go of export $1.
SELECT pg_advisory_unlock(hashtextextended('analytics.export', $1))
