-- Numbers of different callers of source $1 that are no longer right: periods $2 that begin on $3, place by place.
DELETE FROM ivr.legacy_unique_callers u
USING unnest($2::text[], $3::date[]) AS p (period, since)
WHERE u.source_id = $1 AND u.period = p.period AND u.since = p.since
