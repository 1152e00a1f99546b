-- The catalogue of functions.
SELECT code, module, name FROM sessions.functions ORDER BY code
