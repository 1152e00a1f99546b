-- A higher epoch than any holder before: whoever still works with an older one can no longer publish.
INSERT INTO ivr.leases (source_id, epoch, holder) VALUES ($1, 1, $2)
ON CONFLICT (source_id) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder, acquired_at = now()
RETURNING epoch
