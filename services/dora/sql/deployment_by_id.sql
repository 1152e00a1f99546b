-- One deployment.
SELECT * FROM dora.deployments WHERE deployment_id = $1
