-- Whose data a rule's last value is of: null is all data. An owner whose data segment changes must not see the old one.
SET LOCAL lock_timeout = '5s';
ALTER TABLE analytics.alert_rules ADD COLUMN value_segment text;
-- Of values so far nobody knows: they are taken back, and the rules are evaluated anew.
UPDATE analytics.alert_rules SET value = NULL, seen = NULL WHERE value IS NOT NULL;
