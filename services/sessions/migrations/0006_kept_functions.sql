-- What a person may do, kept beside the person: every request asks for it, and it changes a few times a year.
-- `functions` holds until `functions_until`, the next moment at which something held ends by itself; from then on, and
-- for a person nobody has computed yet, sessions.effective_functions answers as before. Triggers keep it, whoever writes.
SET LOCAL lock_timeout = '5s';

ALTER TABLE sessions.users
    ADD COLUMN functions       text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN functions_until timestamptz NOT NULL DEFAULT '-infinity';

CREATE FUNCTION sessions.functions_end(person bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(min(held.expires_at), 'infinity')
    FROM (
        SELECT ug.expires_at
        FROM sessions.user_groups AS ug
        WHERE ug.user_id = person AND ug.revoked_at IS NULL AND ug.expires_at > now()
        UNION ALL
        SELECT e.expires_at
        FROM sessions.user_exceptions AS e
        WHERE e.user_id = person AND e.revoked_at IS NULL AND e.expires_at > now()
    ) AS held
$$;

-- Locked first and read afterwards, each statement with a snapshot of its own: of two changes to one person the later
-- one sees the earlier. Always in one order, so that two of them do not wait for each other.
CREATE FUNCTION sessions.keep_functions(people bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM sessions.users AS u WHERE u.user_id = ANY (people) ORDER BY u.user_id FOR NO KEY UPDATE;
    UPDATE sessions.users AS u
    SET functions = found.functions, functions_until = found.functions_until
    FROM (
        SELECT person, sessions.effective_functions(person) AS functions, sessions.functions_end(person) AS functions_until
        FROM unnest(people) AS person
    ) AS found
    WHERE u.user_id = found.person
      AND (u.functions, u.functions_until) IS DISTINCT FROM (found.functions, found.functions_until);
END
$$;

-- The same locks as the service takes: nobody's holdings change while the catalogue does.
CREATE FUNCTION sessions.keep_functions_of_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('sessions.catalogue'));
    PERFORM sessions.keep_functions(ARRAY(SELECT DISTINCT changed.user_id FROM changed));
    RETURN NULL;
END
$$;

CREATE FUNCTION sessions.keep_functions_of_groups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sessions.catalogue'));
    IF TG_TABLE_NAME = 'groups' THEN
        PERFORM sessions.keep_functions(ARRAY(
            SELECT DISTINCT ug.user_id FROM sessions.user_groups AS ug
            JOIN changed ON changed.code = ug.group_code WHERE ug.revoked_at IS NULL
        ));
    ELSE
        PERFORM sessions.keep_functions(ARRAY(
            SELECT DISTINCT ug.user_id FROM sessions.user_groups AS ug
            JOIN changed ON changed.group_code = ug.group_code WHERE ug.revoked_at IS NULL
        ));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.user_groups
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();
CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.user_groups
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();
CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.user_groups
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.user_exceptions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();
CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.user_exceptions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();
CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.user_exceptions
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_people();

CREATE TRIGGER keep_functions_added AFTER INSERT ON sessions.group_functions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();
CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.group_functions
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();
CREATE TRIGGER keep_functions_removed AFTER DELETE ON sessions.group_functions
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();
CREATE TRIGGER keep_functions_changed AFTER UPDATE ON sessions.groups
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sessions.keep_functions_of_groups();

REVOKE ALL ON FUNCTION sessions.functions_end, sessions.keep_functions, sessions.keep_functions_of_people,
    sessions.keep_functions_of_groups FROM PUBLIC;

SELECT sessions.keep_functions(ARRAY(SELECT user_id FROM sessions.users));
