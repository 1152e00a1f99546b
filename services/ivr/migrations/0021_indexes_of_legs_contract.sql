-- The indexes that 0019 built take the place of those of the release before, whose searches by unique id need theirs.
-- Changes names only, except in months that have been made since: those get theirs here.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ivr.call_legs DROP CONSTRAINT call_legs_pkey;
DROP INDEX ivr.call_legs_leg_id;
DROP INDEX ivr.call_legs_unique_id;

DO $$
DECLARE
    part text;
BEGIN
    FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'ivr.call_legs'::regclass AND to_regclass(format('ivr.%I', c.relname || '_by_id')) IS NOT NULL
    LOOP
        EXECUTE format('ALTER TABLE ivr.%I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', part, part || '_pkey',
                       part || '_by_id');
        EXECUTE format('ALTER INDEX ivr.%I RENAME TO %I', part || '_by_unique_id', part || '_unique_id_idx');
    END LOOP;
END $$;

-- Of the parent: each month's own is taken where it has one.
ALTER TABLE ivr.call_legs ADD PRIMARY KEY (leg_id, started_at, caller_id);
CREATE INDEX call_legs_unique_id ON ivr.call_legs (unique_id) WHERE unique_id <> linked_id;
