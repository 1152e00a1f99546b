-- The cells of grain $1 in $2 to $6; another run may add the same at this moment.
INSERT INTO ivr.legacy_cells (grain, did_id, menu_id, option_id, centre_id, menu_abandoned)
SELECT $1, w.* FROM unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::boolean[]) AS w
ON CONFLICT DO NOTHING
