-- Accounts, what they were granted, what proves that somebody is there, and the audit log.

CREATE TABLE account (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    password_hash TEXT,
    totp_sealed TEXT,
    totp_step BIGINT NOT NULL DEFAULT 0,
    demo BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, login)
);

CREATE TABLE account_grant (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    PRIMARY KEY (district_code, id),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX account_grant_account_id ON account_grant (district_code, account_id);

CREATE TABLE session (
    district_code INTEGER NOT NULL DEFAULT 0,
    token_hash TEXT NOT NULL,
    account_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX session_account_id ON session (district_code, account_id);

CREATE TABLE ticket (
    district_code INTEGER NOT NULL DEFAULT 0,
    token_hash TEXT NOT NULL,
    account_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ticket_account_id ON ticket (district_code, account_id);

CREATE TABLE api_token (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    token_hash TEXT NOT NULL,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    read_only BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX api_token_account_id ON api_token (district_code, account_id);

CREATE TABLE audit (
    district_code INTEGER NOT NULL DEFAULT 0,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (district_code, seq)
);
CREATE INDEX audit_actor ON audit (district_code, actor);
CREATE INDEX audit_subject ON audit (district_code, subject);

COMMENT ON TABLE account IS '账号 Accounts (read-only for other tools 其他工具只读)';
COMMENT ON TABLE account_grant IS '角色授权 Roles granted to accounts, with their history (read-only for other tools 其他工具只读)';
COMMENT ON TABLE session IS '登录会话 Sessions; tokens are stored as hashes (read-only for other tools 其他工具只读)';
COMMENT ON TABLE ticket IS '一次性链接 One-time links; tokens are stored as hashes (read-only for other tools 其他工具只读)';
COMMENT ON TABLE api_token IS '接口令牌 Tokens for programs; stored as hashes (read-only for other tools 其他工具只读)';
COMMENT ON TABLE audit IS '审计日志 Audit log, append-only (read-only for other tools 其他工具只读)';
