-- Alert rules, the alerts they raise, who is told, and everybody's tray of messages. Nothing leaves the application.
SET LOCAL lock_timeout = '5s';

-- One row per rule. `definition` is what it looks at. `seen` is the state of the data that it was last evaluated on:
-- it is evaluated again when that has moved. `group_code` is the group that may see and subscribe to it.
CREATE TABLE analytics.alert_rules (
    rule_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint      NOT NULL,
    owner        text        NOT NULL,
    group_code   text,
    name         text        NOT NULL,
    severity     text        NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    definition   jsonb       NOT NULL,
    cooldown_s   integer     NOT NULL CHECK (cooldown_s >= 0),
    state        text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    detail       text,
    failures     integer     NOT NULL DEFAULT 0,
    seen         text,
    value        double precision,
    evaluated_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX alert_rules_name ON analytics.alert_rules (user_id, name);
CREATE INDEX alert_rules_active ON analytics.alert_rules (rule_id) WHERE state = 'active';

-- One row per time that a rule began to hold. Open until it holds no more; `segment` is the data segment of its value.
CREATE TABLE analytics.alerts (
    alert_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule_id         bigint      NOT NULL,
    rule_name       text        NOT NULL,
    user_id         bigint      NOT NULL,
    group_code      text,
    severity        text        NOT NULL,
    definition      jsonb       NOT NULL,
    segment         text,
    value           double precision,
    reference       double precision,
    since           timestamptz,
    until           timestamptz,
    opened_at       timestamptz NOT NULL,
    resolved_at     timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note            text
);
CREATE UNIQUE INDEX alerts_open ON analytics.alerts (rule_id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_rule ON analytics.alerts (rule_id, opened_at);
CREATE INDEX alerts_by_age ON analytics.alerts (opened_at);

-- One row per person who wants to be told of a group's rule, from a severity on.
CREATE TABLE analytics.alert_subscriptions (
    rule_id      bigint      NOT NULL REFERENCES analytics.alert_rules ON DELETE CASCADE,
    user_id      bigint      NOT NULL,
    min_severity text        NOT NULL CHECK (min_severity IN ('info', 'warning', 'critical')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rule_id, user_id)
);

-- One row per message in a person's tray; `about` names the alert or schedule.
CREATE TABLE analytics.messages (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint      NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('alert', 'alert_rule', 'schedule')),
    about      bigint      NOT NULL,
    severity   text        NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    es         text        NOT NULL,
    en         text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at    timestamptz
);
CREATE INDEX messages_by_person ON analytics.messages (user_id, message_id);
CREATE INDEX messages_by_age ON analytics.messages (created_at);
