-- Every repository, by name.
SELECT * FROM dora.repositories ORDER BY name
