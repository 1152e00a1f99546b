-- Every name that kept events point at.
SELECT name_id, name FROM ivr.queue_names
