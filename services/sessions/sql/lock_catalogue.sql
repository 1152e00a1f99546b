-- Held until the transaction ends by whoever changes groups or rules: nobody's holdings change meanwhile.
SELECT pg_advisory_xact_lock(hashtext('sessions.catalogue'))
