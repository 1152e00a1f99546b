-- A leg costs what its indexes cost: five of them took four fifths of its COPY. Its id names it: a key that begins with it
-- tells legs apart and finds them, where there were two indexes, both in random order. And a search by unique id has to
-- find but those whose linked id is another one. Both are built here beside the old ones, month by month; the release
-- before goes on with those, and 0021 changes over. Months that are made until then have few legs and get theirs there.
WITH months AS (
    SELECT c.oid, c.relname AS part FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'ivr.call_legs'::regclass AND pg_relation_size(c.oid) > 0
), wanted AS (
    SELECT part, oid, part || '_by_id' AS name, 'UNIQUE INDEX' AS kind, '(leg_id, started_at, caller_id)' AS built_on
    FROM months
    UNION ALL
    SELECT part, oid, part || '_by_unique_id', 'INDEX', '(unique_id) WHERE unique_id <> linked_id' FROM months
), found AS (
    SELECT w.*, x.indisvalid
    FROM wanted w LEFT JOIN (pg_class c JOIN pg_index x ON x.indexrelid = c.oid)
        ON c.relname = w.name AND c.relnamespace = 'ivr'::regnamespace
)
SELECT statement FROM (
    SELECT name, 1 AS number, format('DROP INDEX CONCURRENTLY ivr.%I', name) AS statement FROM found WHERE NOT indisvalid
    UNION ALL
    SELECT name, 2, format('CREATE %s CONCURRENTLY %I ON ivr.%I %s', kind, name, part, built_on) FROM found
    WHERE indisvalid IS NOT TRUE
) AS s
ORDER BY name, number
