-- Which attempt at which export a file may belong to.
SELECT export_id, attempts FROM analytics.exports WHERE state IN ('running', 'done')
