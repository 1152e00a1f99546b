-- What ends a right is told to every instance of the service at commit, whoever changed it: a trigger cannot be forgotten.
-- Also: when a session last proved its password, and the rights to edit groups and separation rules.
SET LOCAL lock_timeout = '5s';

ALTER TABLE sessions.sessions ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE sessions.sessions DROP CONSTRAINT sessions_revoke_reason_check;
ALTER TABLE sessions.sessions ADD CONSTRAINT sessions_revoke_reason_check
    CHECK (revoke_reason IN ('SIGNED_OUT', 'SUPERSEDED', 'CLOSED', 'IDLE', 'EXPIRED', 'PASSWORD_CHANGED', 'RECOVERY',
                             'ACCOUNT_BLOCKED', 'ACCOUNT_INACTIVE', 'ROTATED', 'ROLE_CHANGED'));

CREATE FUNCTION sessions.announce_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('iact_revocations',
                      json_build_object('type', 'revoked', 'key', encode(NEW.token_hash, 'hex'))::text);
    RETURN NULL;
END
$$;

CREATE FUNCTION sessions.announce_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('iact_revocations', json_build_object('type', 'user', 'user_id', NEW.user_id::text)::text);
    RETURN NULL;
END
$$;

CREATE FUNCTION sessions.announce_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('iact_revocations', '{"type": "all"}');
    RETURN NULL;
END
$$;

-- A session that lapsed is refused by its times, which a cached answer carries: a sweep of thousands tells nobody.
CREATE TRIGGER sessions_announced AFTER UPDATE OF revoked_at ON sessions.sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.revoke_reason NOT IN ('IDLE', 'EXPIRED'))
    EXECUTE FUNCTION sessions.announce_secret();
CREATE TRIGGER tokens_announced AFTER UPDATE OF revoked_at ON sessions.tokens FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION sessions.announce_secret();
-- Not at every sign-in, which also updates the person.
CREATE TRIGGER users_announced AFTER UPDATE ON sessions.users FOR EACH ROW
    WHEN ((OLD.state, OLD.segment, OLD.must_change_password)
        IS DISTINCT FROM (NEW.state, NEW.segment, NEW.must_change_password))
    EXECUTE FUNCTION sessions.announce_user();
CREATE TRIGGER user_groups_announced AFTER INSERT OR UPDATE ON sessions.user_groups FOR EACH ROW
    EXECUTE FUNCTION sessions.announce_user();
CREATE TRIGGER user_exceptions_announced AFTER INSERT OR UPDATE ON sessions.user_exceptions FOR EACH ROW
    EXECUTE FUNCTION sessions.announce_user();
CREATE TRIGGER groups_announced AFTER UPDATE ON sessions.groups FOR EACH STATEMENT
    EXECUTE FUNCTION sessions.announce_all();
CREATE TRIGGER group_functions_announced AFTER INSERT OR UPDATE OR DELETE ON sessions.group_functions
    FOR EACH STATEMENT EXECUTE FUNCTION sessions.announce_all();

REVOKE ALL ON FUNCTION sessions.announce_secret, sessions.announce_user, sessions.announce_all FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sessions.announce_secret, sessions.announce_user, sessions.announce_all TO iact_sessions;

-- What was there before a change stands in the audit trail.
GRANT INSERT, UPDATE ON sessions.groups TO iact_sessions;
GRANT UPDATE ON sessions.separation_rules TO iact_sessions;
GRANT INSERT, DELETE ON sessions.group_functions, sessions.separation_rule_functions TO iact_sessions;
