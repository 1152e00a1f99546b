-- People, their sessions, one-time codes, tokens and failed sign-ins. A secret is stored as its SHA-256 only.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA sessions;
GRANT USAGE ON SCHEMA sessions TO iact_sessions;

-- One row per person. Nobody is deleted: the audit trail keeps pointing here.
CREATE TABLE sessions.users (
    user_id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username             text        NOT NULL UNIQUE CHECK (username = lower(username)),
    display_name         text        NOT NULL DEFAULT '',
    password_hash        text,
    password_changed_at  timestamptz,
    must_change_password boolean     NOT NULL DEFAULT false,
    state                text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked', 'inactive')),
    segment              text,
    preferences          jsonb       NOT NULL DEFAULT '{}',
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    last_signed_in_at    timestamptz
);

-- One row per sign-in. The row of an ended session is never written again.
CREATE TABLE sessions.sessions (
    session_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash     bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_id        bigint      NOT NULL REFERENCES sessions.users,
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_seen_at   timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    revoke_reason  text CHECK (revoke_reason IN ('SIGNED_OUT', 'SUPERSEDED', 'CLOSED', 'IDLE', 'EXPIRED', 'PASSWORD_CHANGED',
                                                 'RECOVERY', 'ACCOUNT_BLOCKED', 'ACCOUNT_INACTIVE', 'ROTATED')),
    client_address inet,
    user_agent     text        NOT NULL DEFAULT '',
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX sessions_live_by_user ON sessions.sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_live_by_age ON sessions.sessions (last_seen_at) WHERE revoked_at IS NULL;

-- One row per one-time sign-in link or recovery code; a newer one for the same person voids the older.
CREATE TABLE sessions.one_time_codes (
    code_hash  bytea       PRIMARY KEY CHECK (length(code_hash) = 32),
    user_id    bigint      NOT NULL REFERENCES sessions.users,
    purpose    text        NOT NULL CHECK (purpose IN ('first_sign_in', 'recovery')),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint REFERENCES sessions.users,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    voided_at  timestamptz
);
CREATE INDEX one_time_codes_open_by_user ON sessions.one_time_codes (user_id) WHERE used_at IS NULL AND voided_at IS NULL;

-- One row per personal or display token; it never carries more than its owner still holds.
CREATE TABLE sessions.tokens (
    token_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash   bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_id      bigint      NOT NULL REFERENCES sessions.users,
    name         text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('personal', 'display')),
    functions    text[]      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX tokens_live_by_user ON sessions.tokens (user_id) WHERE revoked_at IS NULL;

-- One row per (name tried, network): a keyed hash of the name, because people type passwords where names belong.
-- The network 0.0.0.0/0 stands for "every network this person is not known in".
CREATE TABLE sessions.sign_in_failures (
    account_key  bytea       NOT NULL CHECK (length(account_key) = 32),
    network      cidr        NOT NULL,
    failures     integer     NOT NULL DEFAULT 0,
    streak       integer     NOT NULL DEFAULT 0,
    window_since timestamptz,
    locked_until timestamptz,
    lockouts     integer     NOT NULL DEFAULT 0,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_key, network)
);
CREATE INDEX sign_in_failures_by_age ON sessions.sign_in_failures (updated_at);

-- Networks a person has signed in from with the right password.
CREATE TABLE sessions.known_networks (
    user_id      bigint      NOT NULL REFERENCES sessions.users,
    network      cidr        NOT NULL,
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, network)
);
CREATE INDEX known_networks_by_network ON sessions.known_networks (network);

GRANT SELECT, INSERT, UPDATE ON sessions.users, sessions.sessions, sessions.one_time_codes, sessions.tokens TO iact_sessions;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions.sign_in_failures, sessions.known_networks TO iact_sessions;
