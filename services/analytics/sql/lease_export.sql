-- Whether this session now holds export $1; the lock dies with the session, so a killed worker lets go at once.
SELECT pg_try_advisory_lock(hashtextextended('analytics.export', $1))
