-- Masking takes details apart and puts them together again; almost none need it, and one look at their text says so.
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION audit.record_event(
    event text, actor_id bigint, target_kind text, target_id text, request_id text, address inet, details jsonb
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
    WITH added AS (
        INSERT INTO audit.events (service, event, actor_id, target_kind, target_id, request_id, address, details)
        VALUES (
            -- `role` survives SECURITY DEFINER; a service that logs in as itself has role "none".
            regexp_replace(
                CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END,
                '^iact_', ''
            ),
            event, actor_id, target_kind, target_id, request_id, address,
            CASE WHEN details::text ~ 'iact_(pat|dsp)_|\d{10}' THEN audit.masked(details) ELSE coalesce(details, '{}') END
        )
        RETURNING event_id, at
    )
    INSERT INTO audit.unsealed (event_id, at) SELECT added.event_id, added.at FROM added RETURNING event_id
$$;
