-- A key of this fingerprint; nothing when it, or another in this state, is known already.
INSERT INTO ivr.caller_keys (fingerprint, state) VALUES ($1, $2) ON CONFLICT DO NOTHING
