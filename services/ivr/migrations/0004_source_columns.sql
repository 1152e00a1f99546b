-- The columns that each table of a source had when it was last read: what drift is measured against.
SET LOCAL lock_timeout = '5s';

CREATE TABLE ivr.source_columns (
    source_id smallint NOT NULL REFERENCES ivr.sources,
    source_table text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, source_table, name)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON ivr.source_columns TO iact_ivr;
