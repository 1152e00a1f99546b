-- One row per option in $1 with its number.
WITH made AS (
    INSERT INTO ivr.options (option) SELECT unnest($1::text[]) ON CONFLICT (option) DO NOTHING
    RETURNING option, option_id
)
SELECT option AS name, option_id AS id FROM made
UNION SELECT option, option_id FROM ivr.options WHERE option = ANY ($1::text[])
