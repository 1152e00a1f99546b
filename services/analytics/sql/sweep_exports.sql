-- Forgets the exports whose time is over.
DELETE FROM analytics.exports WHERE expires_at <= now() RETURNING export_id
