-- One row per DID in $1 with its number.
WITH made AS (
    INSERT INTO ivr.dids (did) SELECT unnest($1::text[]) ON CONFLICT (did) DO NOTHING RETURNING did, did_id
)
SELECT did AS name, did_id AS id FROM made UNION SELECT did, did_id FROM ivr.dids WHERE did = ANY ($1::text[])
