-- How many reports of [$5, $6) never reached environment $1, by status.
SELECT status, count(*) AS reported
FROM dora.deployments
WHERE environment = $1
    AND ($2::text IS NULL OR service = $2)
    AND ($3::text IS NULL OR team = $3)
    AND (
        $4::text IS NULL
        OR repository = $4
        OR components <> '[]' AND components @> jsonb_build_array(jsonb_build_object('repository', $4::text))
    )
    AND occurred_at >= $5
    AND occurred_at < $6
    AND deployed_at IS NULL
GROUP BY status
