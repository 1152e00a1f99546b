-- One row per unit date in $3 with its number, made where it is new.
WITH made AS (
    INSERT INTO ivr.units (source_id, source_table, unit_date)
    SELECT $1, $2, d FROM unnest($3::date[]) AS d
    ON CONFLICT (source_id, source_table, unit_date) DO NOTHING
    RETURNING unit_date, unit_id
)
SELECT unit_date, unit_id FROM made
UNION
SELECT unit_date, unit_id FROM ivr.units WHERE source_id = $1 AND source_table = $2 AND unit_date = ANY ($3::date[])
