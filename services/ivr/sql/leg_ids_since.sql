-- Legs that ended since $2, or have no end: those that a run may have read while the source was compared.
SELECT leg_id FROM ivr.call_leg_hashes($1) WHERE coalesce(ended_at, started_at) >= $2
