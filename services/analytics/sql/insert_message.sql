-- A message into the trays of the people $1.
INSERT INTO analytics.messages (user_id, kind, about, severity, es, en) SELECT unnest($1::bigint[]), $2, $3, $4, $5, $6
