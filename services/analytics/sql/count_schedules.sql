-- How many schedules person $1 has. One counting at a time per person: two requests must not both find room.
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('analytics.schedules', $1)))
SELECT count(schedule_id) FROM alone LEFT JOIN analytics.schedules ON user_id = $1
