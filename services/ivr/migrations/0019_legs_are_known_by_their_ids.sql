-- A leg costs what its indexes cost: five of them took four fifths of its COPY. Its id names it: a key that begins with it
-- tells legs apart and finds them, where there were two indexes, both in random order. And a search by unique id has to
-- find but those whose linked id is another one. Builds two indexes of each month anew, some two seconds a million legs;
-- whoever reads or writes legs waits for it.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ivr.call_legs DROP CONSTRAINT call_legs_pkey, ADD PRIMARY KEY (leg_id, started_at, caller_id);
DROP INDEX ivr.call_legs_leg_id;
DROP INDEX ivr.call_legs_unique_id;
CREATE INDEX call_legs_unique_id ON ivr.call_legs (unique_id) WHERE unique_id <> linked_id;
