-- The four roles that the services log in as, and the owner's membership in them. Safe to run again.
--
-- Run it once in the database of IACT, as a role that may create roles:
--     psql -d iact_analytics -f deploy/roles.sql
-- The owner is whoever owns that database; for another one first: SET iact.owner = 'name';
-- Passwords are set separately (\password iact_ivr, or by `iact up` when the owner may create roles); without any,
-- the services log in as the owner and act as these roles, so the grants hold all the same.
DO $roles$
DECLARE
    wanted text;
    owner text := coalesce(
        nullif(current_setting('iact.owner', true), ''),
        (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())
    );
BEGIN
    FOREACH wanted IN ARRAY ARRAY['iact_sessions', 'iact_ivr', 'iact_analytics', 'iact_dora'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format(
                'CREATE ROLE %I LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', wanted
            );
        END IF;
        -- Since PostgreSQL 16 a membership says whether it allows SET ROLE; before, every one does.
        -- INHERIT FALSE keeps the grants apart: the owner has them only while acting as the role.
        IF current_setting('server_version_num')::int >= 160000 THEN
            IF NOT pg_has_role(owner, wanted, 'SET') THEN
                EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', wanted, owner);
            END IF;
        ELSIF NOT pg_has_role(owner, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', wanted, owner);
        END IF;
        IF NOT has_database_privilege(wanted, current_database(), 'CONNECT') THEN
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
        END IF;
    END LOOP;
    -- Schemas are made by migrations, which run as the owner.
    IF NOT has_database_privilege(owner, current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), owner);
    END IF;
    -- PostgreSQL 14 and clusters upgraded from it let everybody create in public; migrations keep their list there.
    IF NOT has_schema_privilege(owner, 'public', 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON SCHEMA public TO %I', owner);
    END IF;
END
$roles$;
