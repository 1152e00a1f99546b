-- One incident by the name that its events give it.
SELECT * FROM dora.incidents WHERE entity_key = $1
