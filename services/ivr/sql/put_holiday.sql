-- A holiday, new or renamed.
INSERT INTO ivr.holidays (day, name) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET name = excluded.name
RETURNING day, name
