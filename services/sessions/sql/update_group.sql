-- Nulls leave a value as it is; no row when there is no such group.
UPDATE sessions.groups SET name = coalesce($2, name), active = coalesce($3, active) WHERE code = $1 RETURNING code
