-- RBAC 5.4: functions, groups, separation of duties, and what each person holds.
SET LOCAL lock_timeout = '5s';

CREATE TABLE sessions.functions (
    code   text PRIMARY KEY CHECK (code ~ '^[A-Z]{3,4}-[0-9]{3}$'),
    module text NOT NULL,
    name   text NOT NULL UNIQUE
);

CREATE TABLE sessions.groups (
    code   text PRIMARY KEY CHECK (code ~ '^AGR-[0-9]{3}$'),
    name   text    NOT NULL UNIQUE,
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE sessions.group_functions (
    group_code    text NOT NULL REFERENCES sessions.groups,
    function_code text NOT NULL REFERENCES sessions.functions,
    PRIMARY KEY (group_code, function_code)
);

-- No one may hold a function of side A and one of side B of an active rule.
CREATE TABLE sessions.separation_rules (
    code   text PRIMARY KEY,
    name   text    NOT NULL,
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE sessions.separation_rule_functions (
    rule_code     text NOT NULL REFERENCES sessions.separation_rules,
    side          text NOT NULL CHECK (side IN ('A', 'B')),
    function_code text NOT NULL REFERENCES sessions.functions,
    PRIMARY KEY (rule_code, side, function_code)
);

-- One row per assignment ever made; an ended one stays as history.
CREATE TABLE sessions.user_groups (
    assignment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint      NOT NULL REFERENCES sessions.users,
    group_code    text        NOT NULL REFERENCES sessions.groups,
    granted_by    bigint REFERENCES sessions.users,
    granted_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    revoked_at    timestamptz,
    revoked_by    bigint REFERENCES sessions.users
);
CREATE UNIQUE INDEX user_groups_live ON sessions.user_groups (user_id, group_code) WHERE revoked_at IS NULL;

-- One row per exception ever made: one function more (grant) or less (revoke) than the groups give.
CREATE TABLE sessions.user_exceptions (
    exception_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint      NOT NULL REFERENCES sessions.users,
    function_code text        NOT NULL REFERENCES sessions.functions,
    effect        text        NOT NULL CHECK (effect IN ('grant', 'revoke')),
    justification text        NOT NULL CHECK (length(btrim(justification)) >= 20),
    granted_by    bigint REFERENCES sessions.users,
    granted_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    revoked_by    bigint REFERENCES sessions.users
);
CREATE UNIQUE INDEX user_exceptions_live ON sessions.user_exceptions (user_id, function_code, effect)
    WHERE revoked_at IS NULL;

INSERT INTO sessions.functions (code, module, name)
SELECT module || '-' || lpad(ordinality::text, 3, '0'), module, name
FROM (VALUES
    ('AUTH', ARRAY['view_own_sessions', 'close_user_session', 'reset_password', 'view_all_active_sessions',
                   'manage_own_tokens']),
    ('USR',  ARRAY['create_user', 'update_user', 'deactivate_user', 'list_users', 'search_users', 'block_user',
                   'unblock_user', 'reactivate_user', 'view_user']),
    ('ACC',  ARRAY['assign_functions', 'revoke_functions', 'view_assignments', 'assign_function_groups',
                   'view_separation_rules', 'create_function_group', 'assign_functions_to_group',
                   'grant_exceptional_permission', 'revoke_exceptional_permission', 'revoke_function_group',
                   'update_separation_rule', 'disable_separation_rule']),
    ('PIP',  ARRAY['view_pipeline_status', 'view_pipeline_errors', 'view_data_availability',
                   'request_pipeline_retry', 'run_ingestion', 'view_rejects']),
    ('RPT',  ARRAY['view_reports', 'view_dashboard', 'filter_reports', 'export_csv', 'export_excel', 'export_pdf',
                   'view_kpis', 'view_charts', 'schedule_report', 'save_view', 'share_report',
                   'view_realtime_metrics', 'plan_staffing']),
    ('ALR',  ARRAY['view_alerts', 'configure_alerts', 'configure_team_alerts', 'pause_alerts', 'disable_alerts',
                   'view_alert_history', 'acknowledge_alert', 'subscribe', 'unsubscribe',
                   'configure_subscription_severity']),
    ('AUD',  ARRAY['view_audit_log', 'search_audit_log', 'export_audit_log', 'generate_compliance_report']),
    ('LOG',  ARRAY['view_application_logs', 'export_logs', 'search_logs', 'view_etl_logs',
                   'view_infrastructure_logs', 'view_system_health', 'view_technical_metrics']),
    ('DOR',  ARRAY['view_delivery_metrics', 'manage_delivery_sources']),
    ('CFG',  ARRAY['edit_dimensions'])
) AS catalogue (module, names), unnest(names) WITH ORDINALITY AS function (name, ordinality)
-- Added to RBAC 5.4 after its catalogue was closed; no group gives it.
WHERE name <> 'view_realtime_metrics';

INSERT INTO sessions.groups (code, name) VALUES
    ('AGR-001', 'basic_operator'), ('AGR-002', 'report_viewer'), ('AGR-003', 'quality_supervisor'),
    ('AGR-004', 'data_exporter'), ('AGR-005', 'alert_manager'), ('AGR-006', 'user_admin'),
    ('AGR-007', 'permission_admin'), ('AGR-008', 'auditor'), ('AGR-009', 'pipeline_admin'),
    ('AGR-010', 'system_admin');

-- 001 is part of 002, that of 003, that of 004; the rest stand alone.
INSERT INTO sessions.group_functions (group_code, function_code)
SELECT DISTINCT group_code, function_code
FROM (VALUES
    (ARRAY['AGR-001', 'AGR-002', 'AGR-003', 'AGR-004'],
     ARRAY['AUTH-001', 'AUTH-005', 'RPT-001', 'RPT-002', 'RPT-007', 'RPT-008']),
    (ARRAY['AGR-002', 'AGR-003', 'AGR-004'], ARRAY['RPT-003', 'RPT-010', 'RPT-011', 'USR-009']),
    (ARRAY['AGR-003', 'AGR-004'],            ARRAY['ALR-001', 'ALR-002', 'ALR-006', 'RPT-013']),
    (ARRAY['AGR-004'],                       ARRAY['RPT-004', 'RPT-005', 'RPT-006', 'RPT-009']),
    (ARRAY['AGR-005'], ARRAY['ALR-001', 'ALR-002', 'ALR-003', 'ALR-004', 'ALR-005', 'ALR-006', 'ALR-007', 'ALR-008',
                             'ALR-009', 'ALR-010']),
    (ARRAY['AGR-006'], ARRAY['USR-001', 'USR-002', 'USR-003', 'USR-004', 'USR-005', 'USR-006', 'USR-007', 'USR-008',
                             'USR-009']),
    (ARRAY['AGR-007'], ARRAY['ACC-001', 'ACC-002', 'ACC-003', 'ACC-004', 'ACC-005', 'ACC-006', 'ACC-007', 'ACC-008',
                             'ACC-009', 'ACC-010', 'ACC-011', 'ACC-012']),
    (ARRAY['AGR-008'], ARRAY['AUD-001', 'AUD-002', 'AUD-003', 'AUD-004']),
    (ARRAY['AGR-009'], ARRAY['PIP-001', 'PIP-002', 'PIP-003', 'PIP-004', 'PIP-005', 'PIP-006', 'CFG-001']),
    (ARRAY['AGR-010'], ARRAY['AUTH-001', 'AUTH-002', 'AUTH-003', 'AUTH-004', 'LOG-001', 'LOG-002', 'LOG-003', 'LOG-004',
                             'LOG-005', 'LOG-006', 'LOG-007', 'DOR-001', 'DOR-002'])
) AS bundle (groups, functions), unnest(groups) AS group_code, unnest(functions) AS function_code;

INSERT INTO sessions.separation_rules (code, name) VALUES
    ('SOD-001', 'who runs the pipeline does not read the audit trail'),
    ('SOD-002', 'who administers people does not read the audit trail'),
    ('SOD-003', 'who gives permissions does not read the audit trail');

INSERT INTO sessions.separation_rule_functions (rule_code, side, function_code)
SELECT rule.code, side.side, function.code
FROM (VALUES ('SOD-001', '^PIP-', '^AUD-'),
             ('SOD-002', '^USR-00[1347]$', '^AUD-00[123]$'),
             ('SOD-003', '^ACC-', '^AUD-')) AS rule (code, side_a, side_b)
CROSS JOIN LATERAL (VALUES ('A', rule.side_a), ('B', rule.side_b)) AS side (side, pattern)
JOIN sessions.functions AS function ON function.code ~ side.pattern;

-- What each person may do at this moment: revoke exception before grant exception before group; expired counts for nothing.
-- The same rule in Python is permissions.py; a test holds the two equal.
-- plpgsql keeps the plan from call to call, which a function in SQL does not: this runs for every request.
CREATE FUNCTION sessions.effective_functions(person bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(held.function_code ORDER BY held.function_code), '{}')
        FROM (
            SELECT gf.function_code
            FROM sessions.user_groups AS ug
            JOIN sessions.groups AS g ON g.code = ug.group_code AND g.active
            JOIN sessions.group_functions AS gf ON gf.group_code = ug.group_code
            WHERE ug.user_id = person AND ug.revoked_at IS NULL AND (ug.expires_at IS NULL OR ug.expires_at > now())
            UNION
            SELECT e.function_code
            FROM sessions.user_exceptions AS e
            WHERE e.user_id = person AND e.effect = 'grant' AND e.revoked_at IS NULL AND e.expires_at > now()
            EXCEPT
            SELECT e.function_code
            FROM sessions.user_exceptions AS e
            WHERE e.user_id = person AND e.effect = 'revoke' AND e.revoked_at IS NULL AND e.expires_at > now()
        ) AS held
    );
END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA sessions TO iact_sessions;
GRANT INSERT, UPDATE ON sessions.user_groups, sessions.user_exceptions TO iact_sessions;
REVOKE ALL ON FUNCTION sessions.effective_functions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sessions.effective_functions TO iact_sessions;
