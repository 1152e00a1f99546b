-- Queue calls that may be there already pass through a temporary table of the loading connection. Where nobody may make
-- one by default (`iact up` takes that right from PUBLIC), the role of ingestion gets it.
SET LOCAL lock_timeout = '5s';

DO $grant$
BEGIN
    IF pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO iact_ivr', current_database());
    ELSIF NOT has_database_privilege('iact_ivr', current_database(), 'TEMPORARY') THEN
        RAISE EXCEPTION 'iact_ivr may make no temporary table in %; as the owner of the database run: '
            'GRANT TEMPORARY ON DATABASE % TO iact_ivr', current_database(), current_database();
    END IF;
END
$grant$;
