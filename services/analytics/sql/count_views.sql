-- How many views person $1 keeps. One counting at a time per person: two requests must not both find room for the last.
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('analytics.views', $1)))
SELECT count(view_id) FROM alone LEFT JOIN analytics.views ON user_id = $1
