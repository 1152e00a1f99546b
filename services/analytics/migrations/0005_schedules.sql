-- Schedules: reports on a calendar, into their person's exports.
SET LOCAL lock_timeout = '5s';

-- One row per schedule. `next_at` is when it runs next; whoever moves it on has run it, so none runs twice.
CREATE TABLE analytics.schedules (
    schedule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint      NOT NULL,
    name        text        NOT NULL,
    request     jsonb       NOT NULL,
    state       text        NOT NULL CHECK (state IN ('active', 'paused')),
    detail      text,
    failures    integer     NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    last_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX schedules_name ON analytics.schedules (user_id, name);
CREATE INDEX schedules_due ON analytics.schedules (next_at) WHERE state = 'active';

-- Whether an ended export has been told to its schedule.
ALTER TABLE analytics.exports ADD COLUMN schedule_told boolean NOT NULL DEFAULT false;
CREATE INDEX exports_untold ON analytics.exports (export_id) WHERE schedule_id IS NOT NULL AND NOT schedule_told;
