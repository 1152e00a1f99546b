-- Saved views: a question and how it is shown, kept under a name and shared. No data: whoever opens one asks anew.
SET LOCAL lock_timeout = '5s';

-- One row per view. `question` is the body of a query, `display` is the page's own.
CREATE TABLE analytics.views (
    view_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    bigint      NOT NULL,
    owner      text        NOT NULL,
    name       text        NOT NULL,
    question   jsonb,
    display    jsonb       NOT NULL,
    is_default boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX views_name ON analytics.views (user_id, name);
CREATE UNIQUE INDEX views_default ON analytics.views (user_id) WHERE is_default;

-- One row per person or group that a view was shared with.
CREATE TABLE analytics.view_shares (
    share_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view_id    bigint      NOT NULL REFERENCES analytics.views ON DELETE CASCADE,
    user_id    bigint,
    username   text,
    group_code text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((user_id IS NULL) = (username IS NULL) AND (user_id IS NULL) <> (group_code IS NULL))
);
CREATE UNIQUE INDEX view_shares_person ON analytics.view_shares (view_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX view_shares_group ON analytics.view_shares (view_id, group_code) WHERE group_code IS NOT NULL;
CREATE INDEX view_shares_by_person ON analytics.view_shares (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX view_shares_by_group ON analytics.view_shares (group_code) WHERE group_code IS NOT NULL;

-- The active person of a name; no row for anybody else.
CREATE FUNCTION analytics.person_named_v1(name text) RETURNS TABLE (user_id bigint, username text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.user_id, u.username FROM sessions.users AS u WHERE u.username = lower(name) AND u.state = 'active'
$$;
REVOKE ALL ON FUNCTION analytics.person_named_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.person_named_v1 TO iact_analytics;

-- The codes of all groups that count.
CREATE FUNCTION analytics.groups_v1() RETURNS TABLE (code text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.code, g.name FROM sessions.groups AS g WHERE g.active ORDER BY g.code
$$;
REVOKE ALL ON FUNCTION analytics.groups_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics.groups_v1 TO iact_analytics;
