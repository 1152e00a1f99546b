-- Which secret key made which caller ids: ids of two keys must not be compared, and facts of a source that is gone keep theirs.
SET LOCAL lock_timeout = '5s';

-- A key is known by its fingerprint. `renewing`: `iact rekey` works, or was interrupted; nobody else publishes then.
CREATE TABLE ivr.caller_keys (
    key_epoch smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint bytea NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('renewing', 'current', 'past')),
    since timestamptz NOT NULL DEFAULT now(),
    until timestamptz
);
CREATE UNIQUE INDEX caller_keys_one_of_each ON ivr.caller_keys (state) WHERE state IN ('renewing', 'current');

-- The key that a run makes ids with, and so the key of each unit that it publishes. Null: published before keys had
-- numbers, which is with the first of them.
ALTER TABLE ivr.runs ADD COLUMN key_epoch smallint REFERENCES ivr.caller_keys;
ALTER TABLE ivr.units ADD COLUMN key_epoch smallint REFERENCES ivr.caller_keys;

-- Sources whose facts were made again with a key; an interrupted renewal goes on with the others.
CREATE TABLE ivr.caller_key_sources (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    key_epoch smallint NOT NULL REFERENCES ivr.caller_keys,
    renewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, key_epoch)
);

-- Of an Asterisk source only, whose facts belong to no unit: the time within which facts were made with a key. A source
-- all of whose facts are of the current key has no row here.
CREATE TABLE ivr.caller_key_spans (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    key_epoch smallint NOT NULL REFERENCES ivr.caller_keys,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (source_id, key_epoch)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.caller_keys, ivr.caller_key_sources, ivr.caller_key_spans TO iact_ivr;

-- The border: half-open times within which caller ids of a source were made with one key. A range that touches two of
-- them cannot count different callers or repeats.
CREATE VIEW ivr.caller_key_epochs_v1 AS
SELECT s.source, coalesce(u.key_epoch, f.first) AS key_epoch, min(u.first_started_at) AS since,
       max(u.last_started_at) + interval '1 microsecond' AS until
FROM ivr.units u
JOIN ivr.sources s USING (source_id)
CROSS JOIN (SELECT min(key_epoch) AS first FROM ivr.caller_keys) f
WHERE u.digest IS NOT NULL AND u.first_started_at IS NOT NULL
GROUP BY 1, 2
UNION ALL
SELECT s.source, p.key_epoch, p.since, p.until
FROM ivr.caller_key_spans p JOIN ivr.sources s USING (source_id)
UNION ALL
SELECT s.source, k.key_epoch, '-infinity'::timestamptz, 'infinity'::timestamptz
FROM ivr.sources s
JOIN ivr.caller_keys k ON k.key_epoch = coalesce(
    (SELECT max(d.key_epoch) FROM ivr.caller_key_sources d WHERE d.source_id = s.source_id),
    (SELECT min(key_epoch) FROM ivr.caller_keys))
WHERE s.kind = 'asterisk' AND NOT EXISTS (SELECT FROM ivr.caller_key_spans p WHERE p.source_id = s.source_id);

GRANT SELECT ON ivr.caller_key_epochs_v1 TO iact_analytics, iact_ivr;
