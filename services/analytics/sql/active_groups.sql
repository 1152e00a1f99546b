-- Every group that counts: code and name.
SELECT code, name FROM analytics.groups_v1()
