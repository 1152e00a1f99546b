-- How many exports of person $1 wait or run, and how many there are in all. One counting at a time per person: two
-- requests at once must not both find room for the last one.
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('analytics.exports', $1)))
SELECT count(*) FILTER (WHERE state IN ('queued', 'running')) AS open, count(*) AS kept
FROM alone LEFT JOIN analytics.exports ON user_id = $1
WHERE export_id IS NOT NULL
