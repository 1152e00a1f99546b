-- A version of the rules, once.
INSERT INTO dora.rules (version, rules, reading) VALUES ($1, $2::jsonb, $3) ON CONFLICT DO NOTHING
