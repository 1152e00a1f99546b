-- Whether calls have come in by this DID, whatever it looks like, or somebody has assigned it before.
SELECT EXISTS (SELECT FROM ivr.dids WHERE did = $1)
