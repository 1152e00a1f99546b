-- One row per DID ever seen.
SELECT did, segment, updated_at FROM ivr.dids ORDER BY did
