-- Accounts, what they were granted, what proves that somebody is there, and the audit log.

CREATE TABLE account (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    password_hash TEXT,
    totp_sealed TEXT,
    totp_step INTEGER NOT NULL DEFAULT 0,
    demo BOOLEAN NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL,
    changed_at DATETIME NOT NULL,
    UNIQUE (district_code, id),
    UNIQUE (district_code, login)
);

CREATE TABLE account_grant (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by BLOB NOT NULL,
    proposed_at DATETIME NOT NULL,
    decided_by BLOB,
    decided_at DATETIME,
    UNIQUE (district_code, id),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX account_grant_account_id ON account_grant (district_code, account_id);

CREATE TABLE session (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    token_hash TEXT NOT NULL,
    account_id BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    seen_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    address TEXT NOT NULL,
    UNIQUE (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX session_account_id ON session (district_code, account_id);

CREATE TABLE ticket (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    token_hash TEXT NOT NULL,
    account_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    expires_at DATETIME NOT NULL,
    UNIQUE (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ticket_account_id ON ticket (district_code, account_id);

CREATE TABLE api_token (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    token_hash TEXT NOT NULL,
    account_id BLOB NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    read_only BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    UNIQUE (district_code, id),
    UNIQUE (district_code, token_hash),
    FOREIGN KEY (district_code, account_id) REFERENCES account (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX api_token_account_id ON api_token (district_code, account_id);

CREATE TABLE audit (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (district_code, seq)
);
CREATE INDEX audit_actor ON audit (district_code, actor);
CREATE INDEX audit_subject ON audit (district_code, subject);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('account', 'attributes', 'account', '账号 Accounts (read-only for other tools 其他工具只读)', NULL),
    ('account_grant', 'attributes', 'account_grant', '角色授权 Roles granted to accounts, with their history (read-only for other tools 其他工具只读)', NULL),
    ('session', 'attributes', 'session', '登录会话 Sessions; tokens are stored as hashes (read-only for other tools 其他工具只读)', NULL),
    ('ticket', 'attributes', 'ticket', '一次性链接 One-time links; tokens are stored as hashes (read-only for other tools 其他工具只读)', NULL),
    ('api_token', 'attributes', 'api_token', '接口令牌 Tokens for programs; stored as hashes (read-only for other tools 其他工具只读)', NULL),
    ('audit', 'attributes', 'audit', '审计日志 Audit log, append-only (read-only for other tools 其他工具只读)', NULL);
