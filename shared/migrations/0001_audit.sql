-- The common schema `audit`: rows are added through one function and never changed.
-- Services get EXECUTE on the function and nothing on the table.
CREATE SCHEMA audit;

CREATE TABLE audit.events (
    event_id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    service text NOT NULL,
    event text NOT NULL CHECK (event ~ '^[A-Z][A-Z0-9_]{2,63}$'),
    actor_id bigint,
    target_kind text,
    target_id text,
    request_id text,
    address inet,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (event_id, at)
) PARTITION BY RANGE (at);

CREATE TABLE audit.events_rest PARTITION OF audit.events DEFAULT;

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON audit.events
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON audit.events
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- The caller's service is taken from its role, not from an argument: one service cannot write as another.
CREATE FUNCTION audit.record_event(
    event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
    INSERT INTO audit.events (service, event, actor_id, target_kind, target_id, request_id, address, details)
    VALUES (
        -- `role` survives SECURITY DEFINER; a service that logs in as itself has role "none".
        regexp_replace(
            CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END,
            '^iact_', ''
        ),
        event, actor_id, target_kind, target_id, request_id, address, coalesce(details, '{}')
    )
    RETURNING event_id
$$;

REVOKE ALL ON FUNCTION audit.record_event FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO iact_sessions, iact_ivr, iact_analytics, iact_dora;
GRANT EXECUTE ON FUNCTION audit.record_event TO iact_sessions, iact_ivr, iact_analytics, iact_dora;
