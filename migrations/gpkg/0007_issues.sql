-- Issues: found, dealt with, closed. The row is the state of now; issue_event is how it came about.
-- What `flow` holds and people ask for in QGIS stands in columns as well; both are written together.
-- No R-tree on issue: points are asked from memory, and a million rows would be written twice.

CREATE TABLE issue (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    lookup TEXT NOT NULL,
    category TEXT NOT NULL,
    priority TEXT NOT NULL,
    source TEXT NOT NULL,
    level TEXT,
    state TEXT NOT NULL,
    black_text TEXT NOT NULL,
    red_text TEXT,
    answers TEXT NOT NULL,
    place TEXT NOT NULL,
    region TEXT,
    compound_id BLOB,
    building_id BLOB,
    grid_id BLOB,
    area_id BLOB,
    keeper_id BLOB,
    plan_id BLOB,
    plan_version INTEGER,
    owner_code TEXT,
    owner_name TEXT,
    occurred_at DATETIME,
    reported_at DATETIME NOT NULL,
    acknowledged_at DATETIME,
    acknowledge_due_at DATETIME,
    due_at DATETIME,
    closed_at DATETIME,
    first_closed_at DATETIME,
    first_reopened_at DATETIME,
    on_time BOOLEAN,
    deferred_from DATETIME,
    deferred_until DATETIME,
    dispatches INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    inspections INTEGER NOT NULL,
    reworks INTEGER NOT NULL,
    reopened INTEGER NOT NULL,
    self_solved BOOLEAN NOT NULL,
    flow TEXT NOT NULL,
    is_public BOOLEAN NOT NULL,
    field TEXT,
    reporter_id BLOB,
    reporter_name TEXT,
    reporter_phone TEXT,
    on_behalf_of TEXT,
    external_id TEXT,
    import_id BLOB,
    request_key TEXT,
    geom POINT,
    UNIQUE (district_code, id),
    UNIQUE (district_code, code),
    UNIQUE (district_code, lookup),
    UNIQUE (district_code, external_id),
    UNIQUE (district_code, request_key)
);
CREATE INDEX issue_reported ON issue (district_code, reported_at);
CREATE INDEX issue_import ON issue (district_code, import_id);

CREATE TABLE issue_event (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    issue_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    feed INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    move TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    event TEXT NOT NULL,
    UNIQUE (district_code, issue_id, seq),
    UNIQUE (district_code, feed),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE photo (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (district_code, hash)
);

CREATE TABLE issue_photo (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    issue_id BLOB NOT NULL,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL,
    taken_at DATETIME,
    UNIQUE (district_code, issue_id, position),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE saved_filter (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    at DATETIME NOT NULL,
    UNIQUE (district_code, id),
    UNIQUE (district_code, account_id, name)
);

CREATE TABLE subscription (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    channel TEXT NOT NULL,
    url TEXT,
    secret TEXT,
    at DATETIME NOT NULL,
    failures INTEGER NOT NULL,
    last_error TEXT,
    UNIQUE (district_code, id)
);
CREATE INDEX subscription_account ON subscription (district_code, account_id);

CREATE TABLE notification (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    issue_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    read_at DATETIME,
    UNIQUE (district_code, id),
    UNIQUE (district_code, account_id, issue_id, seq),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('issue', 'features', 'issue', '问题 Issues: what was found, where, who has it (read-only for other tools 其他工具只读)', 4326),
    ('issue_event', 'attributes', 'issue_event', '问题流转 Every move of every issue, append-only (read-only for other tools 其他工具只读)', NULL),
    ('photo', 'attributes', 'photo', '照片 Photos by the hash of their content (read-only for other tools 其他工具只读)', NULL),
    ('issue_photo', 'attributes', 'issue_photo', '问题照片 Which photos belong to which issue (read-only for other tools 其他工具只读)', NULL),
    ('saved_filter', 'attributes', 'saved_filter', '筛选条件 Filters that people keep (read-only for other tools 其他工具只读)', NULL),
    ('subscription', 'attributes', 'subscription', '订阅 Who wants to hear of which issues (read-only for other tools 其他工具只读)', NULL),
    ('notification', 'attributes', 'notification', '通知 What people were told (read-only for other tools 其他工具只读)', NULL);
INSERT INTO gpkg_geometry_columns VALUES ('issue', 'geom', 'POINT', 4326, 0, 0);
