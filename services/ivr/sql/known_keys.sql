-- One row per key that is not past: the one that facts are made with, and the one that takes its place.
SELECT key_epoch, fingerprint, state FROM ivr.caller_keys WHERE state <> 'past' ORDER BY key_epoch
