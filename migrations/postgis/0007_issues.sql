-- Issues: found, dealt with, closed. The row is the state of now; issue_event is how it came about.
-- What `flow` holds and people ask for in QGIS stands in columns as well; both are written together.

CREATE TABLE issue (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    lookup TEXT NOT NULL,
    category TEXT NOT NULL,
    priority TEXT NOT NULL,
    source TEXT NOT NULL,
    level TEXT,
    state TEXT NOT NULL,
    black_text TEXT NOT NULL,
    red_text TEXT,
    answers JSONB NOT NULL,
    place JSONB NOT NULL,
    region TEXT,
    compound_id UUID,
    building_id UUID,
    grid_id UUID,
    area_id UUID,
    keeper_id UUID,
    plan_id UUID,
    plan_version BIGINT,
    owner_code TEXT,
    owner_name TEXT,
    occurred_at TIMESTAMPTZ,
    reported_at TIMESTAMPTZ NOT NULL,
    acknowledged_at TIMESTAMPTZ,
    acknowledge_due_at TIMESTAMPTZ,
    due_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    first_closed_at TIMESTAMPTZ,
    first_reopened_at TIMESTAMPTZ,
    on_time BOOLEAN,
    deferred_from TIMESTAMPTZ,
    deferred_until TIMESTAMPTZ,
    dispatches BIGINT NOT NULL,
    returns BIGINT NOT NULL,
    inspections BIGINT NOT NULL,
    reworks BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    self_solved BOOLEAN NOT NULL,
    flow JSONB NOT NULL,
    is_public BOOLEAN NOT NULL,
    field TEXT,
    reporter_id UUID,
    reporter_name TEXT,
    reporter_phone TEXT,
    on_behalf_of TEXT,
    external_id TEXT,
    import_id UUID,
    request_key TEXT,
    geom geometry(Point, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, code),
    UNIQUE (district_code, lookup),
    UNIQUE (district_code, external_id),
    UNIQUE (district_code, request_key)
);
CREATE INDEX issue_reported ON issue (district_code, reported_at);
CREATE INDEX issue_import ON issue (district_code, import_id);
CREATE INDEX issue_geom ON issue USING gist (geom);

CREATE TABLE issue_event (
    district_code INTEGER NOT NULL DEFAULT 0,
    issue_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    feed BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    move TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    event JSONB NOT NULL,
    PRIMARY KEY (district_code, issue_id, seq),
    UNIQUE (district_code, feed),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE photo (
    district_code INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL,
    mime TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (district_code, hash)
);

CREATE TABLE issue_photo (
    district_code INTEGER NOT NULL DEFAULT 0,
    issue_id UUID NOT NULL,
    position BIGINT NOT NULL,
    hash TEXT NOT NULL,
    taken_at TIMESTAMPTZ,
    PRIMARY KEY (district_code, issue_id, position),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE saved_filter (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    query JSONB NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, account_id, name)
);

CREATE TABLE subscription (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    query JSONB NOT NULL,
    channel TEXT NOT NULL,
    url TEXT,
    secret TEXT,
    at TIMESTAMPTZ NOT NULL,
    failures BIGINT NOT NULL,
    last_error TEXT,
    PRIMARY KEY (district_code, id)
);
CREATE INDEX subscription_account ON subscription (district_code, account_id);

CREATE TABLE notification (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    issue_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, account_id, issue_id, seq),
    FOREIGN KEY (district_code, issue_id) REFERENCES issue (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

COMMENT ON TABLE issue IS '问题 Issues: what was found, where, who has it (read-only for other tools 其他工具只读)';
COMMENT ON TABLE issue_event IS '问题流转 Every move of every issue, append-only (read-only for other tools 其他工具只读)';
COMMENT ON TABLE photo IS '照片 Photos by the hash of their content (read-only for other tools 其他工具只读)';
COMMENT ON TABLE issue_photo IS '问题照片 Which photos belong to which issue (read-only for other tools 其他工具只读)';
COMMENT ON TABLE saved_filter IS '筛选条件 Filters that people keep (read-only for other tools 其他工具只读)';
COMMENT ON TABLE subscription IS '订阅 Who wants to hear of which issues (read-only for other tools 其他工具只读)';
COMMENT ON TABLE notification IS '通知 What people were told (read-only for other tools 其他工具只读)';
