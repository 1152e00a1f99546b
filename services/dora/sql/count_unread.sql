-- How many events wait to be read.
SELECT count(*) FROM dora.unread
