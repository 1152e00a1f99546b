-- One deployment by the name that its events give it.
SELECT * FROM dora.deployments WHERE entity_key = $1
