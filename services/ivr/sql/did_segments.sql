-- The segment of each DID.
SELECT did, segment FROM ivr.dids
