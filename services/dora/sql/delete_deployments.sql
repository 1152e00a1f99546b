-- Deployments about which nothing is told any more.
DELETE FROM dora.deployments WHERE entity_key = ANY($1::text[])
