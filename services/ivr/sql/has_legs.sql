-- Whether the source $1 may have legs: it has a place in a cdr or cel, or any run accounts for a row of its cdr. Both are
-- committed together with the legs themselves, of which no index has the source.
SELECT EXISTS (SELECT FROM ivr.detail_streams WHERE source_id = $1)
    OR EXISTS (SELECT FROM ivr.runs r JOIN ivr.run_units u USING (run_id)
               WHERE r.source_id = $1 AND u.details ->> 'log' = 'cdr')
