-- The current epoch, held still until the publishing transaction has ended.
SELECT epoch FROM ivr.leases WHERE source_id = $1 FOR UPDATE
