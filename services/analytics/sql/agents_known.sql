-- One row: whether any agent was signed in at some moment of [$1, $2).
SELECT EXISTS (
    SELECT FROM ivr.agent_spans_v1
    WHERE kind = 'signed_in' AND since < $2::timestamptz AND coalesce(until, 'infinity') > $1::timestamptz
) AS known
