-- The number of one set of labels.
WITH made AS (
    INSERT INTO ivr.label_sets (labels) VALUES ($1::text[]) ON CONFLICT (labels) DO NOTHING RETURNING label_set_id
)
SELECT label_set_id FROM made UNION SELECT label_set_id FROM ivr.label_sets WHERE labels = $1::text[]
