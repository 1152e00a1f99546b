-- Whether anything of the source $1 may be published: where no cdr or cel was ever read, only what is left of one tells.
SELECT CASE WHEN EXISTS (SELECT FROM ivr.detail_streams WHERE source_id = $1) THEN true
            ELSE EXISTS (SELECT FROM ivr.call_legs WHERE source_id = $1) END
