-- One row per transfer centre in $1 with its number and kind.
WITH made AS (
    INSERT INTO ivr.centres (centre, centre_kind)
    SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (centre) DO NOTHING
    RETURNING centre, centre_id, centre_kind
)
SELECT centre AS name, centre_id AS id, centre_kind AS kind FROM made
UNION SELECT centre, centre_id, centre_kind FROM ivr.centres WHERE centre = ANY ($1::text[])
