-- One row per segment that a call can have.
SELECT segment FROM ivr.dids_v1
UNION
SELECT 'desconocido'
ORDER BY segment
