-- No view of person $1 is the default, before another one becomes it.
UPDATE analytics.views SET is_default = false WHERE user_id = $1 AND is_default AND view_id IS DISTINCT FROM $2
