-- The number of each name in $1, made where it is new.
WITH made AS (
    INSERT INTO ivr.queue_names (name) SELECT n FROM unnest($1::text[]) AS n
    WHERE NOT EXISTS (SELECT FROM ivr.queue_names k WHERE k.name = n)
    ON CONFLICT DO NOTHING RETURNING name, name_id
)
SELECT name, name_id AS id FROM made
UNION SELECT name, name_id FROM ivr.queue_names WHERE name = ANY ($1::text[])
