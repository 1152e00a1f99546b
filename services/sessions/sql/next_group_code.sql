-- The code of a new group; the caller holds the catalogue.
SELECT 'AGR-' || lpad((max(substr(code, 5)::integer) + 1)::text, 3, '0') FROM sessions.groups
