-- One row per caller who abandoned in [$1, $2) and was not answered since, newest first: the last attempt of each.
-- An unknown caller (0) is a row a call, for nobody can tell them apart.
WITH lost AS (
    SELECT caller_id, call_id, callid, queue, entered_at, wait_s,
           count(*) OVER caller AS attempts,
           row_number() OVER (caller ORDER BY entered_at DESC, call_id DESC) AS place
    FROM ivr.queue_calls_v1
    WHERE exit = 'abandoned' AND entered_at >= $1 AND entered_at < $2
    WINDOW caller AS (PARTITION BY caller_id = 0, CASE WHEN caller_id = 0 THEN call_id ELSE caller_id END)
)
SELECT entered_at, queue, callid, wait_s, attempts, caller_id <> 0 AS known
FROM lost
WHERE place = 1
  AND (caller_id = 0 OR NOT EXISTS (
      SELECT FROM ivr.queue_calls_v1 later
      WHERE later.caller_id = lost.caller_id AND later.exit = 'answered' AND later.entered_at > lost.entered_at))
ORDER BY entered_at DESC, call_id
LIMIT $3
