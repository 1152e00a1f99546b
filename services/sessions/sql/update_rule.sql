-- Nulls leave a value as it is; no row when there is no such rule.
UPDATE sessions.separation_rules SET name = coalesce($2, name), active = coalesce($3, active) WHERE code = $1 RETURNING code
