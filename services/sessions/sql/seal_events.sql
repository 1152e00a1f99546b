-- Seals at most $1 waiting events; null when another instance is at it.
SELECT audit.seal($1)
