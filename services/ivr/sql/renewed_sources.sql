-- One row per source whose facts were made again with this key.
SELECT s.source FROM ivr.caller_key_sources d JOIN ivr.sources s USING (source_id) WHERE d.key_epoch = $1
