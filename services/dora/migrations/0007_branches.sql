-- A rule may look at the branch that a pull request came from. The name is a text that anybody may have chosen.
SET LOCAL lock_timeout = '5s';

ALTER TABLE dora.pull_requests ADD COLUMN branch text;
