-- Forget a repository.
DELETE FROM dora.repositories WHERE repository_id = $1 RETURNING repository_id
