-- The months of $2, by their first days, on which source $1 has days of other units than $3.
SELECT m.month FROM unnest($2::date[]) AS m (month)
WHERE EXISTS (SELECT FROM ivr.legacy_days d
    WHERE d.grain = 1 AND d.source_id = $1 AND d.day >= m.month AND d.day < (m.month + interval '1 month')::date
      AND NOT d.unit_id = ANY ($3::integer[]))
