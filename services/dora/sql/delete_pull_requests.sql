-- Pull requests about which nothing is told any more.
DELETE FROM dora.pull_requests WHERE entity_key = ANY($1::text[])
