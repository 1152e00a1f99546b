-- Held until the transaction ends by whoever changes what one person holds: the catalogue stays as it is meanwhile.
SELECT pg_advisory_xact_lock_shared(hashtext('sessions.catalogue'))
