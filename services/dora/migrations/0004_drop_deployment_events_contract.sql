-- `dora.tellings` says since 0002 which events a deployment was read from; nothing writes or reads this table any more.
SET LOCAL lock_timeout = '5s';

DROP TABLE dora.deployment_events;
