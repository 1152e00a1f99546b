-- The views that person $1 sees: their own, then those shared with them or with a group of theirs. $2 is one view, or null for all.
SELECT v.view_id, v.user_id, v.owner, v.name, v.question, v.display, v.is_default, v.created_at, v.updated_at,
       v.user_id = $1 AS own, (SELECT count(*) FROM analytics.view_shares AS s WHERE s.view_id = v.view_id) AS shares
FROM analytics.views AS v
WHERE ($2::bigint IS NULL OR v.view_id = $2)
  AND (v.user_id = $1
       OR EXISTS (SELECT FROM analytics.view_shares AS s
                  WHERE s.view_id = v.view_id
                    AND (s.user_id = $1
                         OR s.group_code = ANY ((SELECT p.groups FROM analytics.person_v1($1) AS p)::text[]))))
ORDER BY v.user_id <> $1, lower(v.name), v.view_id
LIMIT $3
