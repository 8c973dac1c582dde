-- Notices: what hangs on the board of each building. The row is the state of now; notice_event is how it came about.
CREATE TABLE notice (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    building_id UUID NOT NULL,
    state TEXT NOT NULL,
    sheet JSONB,
    reason TEXT,
    printed_at TIMESTAMPTZ,
    posted_at TIMESTAMPTZ,
    checked_at TIMESTAMPTZ,
    removed_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, building_id)
);

CREATE TABLE notice_event (
    district_code INTEGER NOT NULL DEFAULT 0,
    notice_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (district_code, notice_id, seq)
);

COMMENT ON TABLE notice IS '公示牌 What hangs at each building (read-only for other tools 其他工具只读)';
COMMENT ON TABLE notice_event IS '公示牌记录 Every move of every notice, append-only (read-only for other tools 其他工具只读)';
