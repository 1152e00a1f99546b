-- The login roles of the four services, with grants only: the owner's migrations say what each may touch.
-- Idempotent; run as a superuser or as an owner with CREATEROLE. Passwords are set by `iact migrate`
-- (from the secrets folder) or by hand: ALTER ROLE iact_ivr PASSWORD '…'.
DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['iact_sessions', 'iact_ivr', 'iact_analytics', 'iact_dora'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', service);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Another start made it between the look and the CREATE.
            END;
        END IF;
        -- The owner may act as each service (a developer's `uvicorn` without secret files).
        IF NOT pg_has_role(current_user, service, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', service, current_user);
        END IF;
    END LOOP;
END
$$;
