-- The first moment from which anything is known about this scope, and when the newest report of all came in.
SELECT
    (
        SELECT min(occurred_at)
        FROM dora.deployments
        WHERE environment = $1
            AND ($2::text IS NULL OR service = $2)
            AND ($3::text IS NULL OR team = $3)
            AND (
                $4::text IS NULL
                OR repository = $4
                OR components <> '[]' AND components @> jsonb_build_array(jsonb_build_object('repository', $4::text))
            )
    ) AS first_at,
    (SELECT max(received_at) FROM dora.events) AS data_as_of
