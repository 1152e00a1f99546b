-- The cells of grain $1 in $2 to $6 that are there: their places in the lists and their numbers, as two arrays.
SELECT coalesce(array_agg(w.place::integer - 1), '{}') AS places, coalesce(array_agg(k.cell_id), '{}') AS cell_ids
FROM unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::boolean[])
    WITH ORDINALITY AS w (did_id, menu_id, option_id, centre_id, menu_abandoned, place)
-- Equality of what stands for null, for IS NOT DISTINCT FROM cannot be hashed.
JOIN ivr.legacy_cells k ON k.did_id = w.did_id AND coalesce(k.menu_id, 0) = coalesce(w.menu_id, 0)
    AND coalesce(k.option_id, 0) = coalesce(w.option_id, 0) AND coalesce(k.centre_id, 0) = coalesce(w.centre_id, 0)
    AND coalesce(k.menu_abandoned, false) = coalesce(w.menu_abandoned, false)
WHERE k.grain = $1
