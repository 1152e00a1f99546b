-- Which of these events still wait to be read; they wait no longer once this transaction is committed.
DELETE FROM dora.unread WHERE event_id = ANY($1::bigint[]) RETURNING event_id
