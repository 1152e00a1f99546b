-- What is missing for longer than a day will not come, and no more than the newest $4 ranges are watched.
DELETE FROM ivr.detail_gaps
WHERE source_id = $1 AND stream = $2
  AND (at < $3 OR first_position <= (SELECT first_position FROM ivr.detail_gaps WHERE source_id = $1 AND stream = $2
                                     ORDER BY first_position DESC OFFSET $4 LIMIT 1))
