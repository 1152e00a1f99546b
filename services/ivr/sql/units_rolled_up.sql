-- The rollups of these units are now those of their calls.
UPDATE ivr.units SET rolled_up_at = published_at WHERE unit_id = ANY ($1::integer[])
