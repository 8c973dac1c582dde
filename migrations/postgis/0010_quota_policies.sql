-- How many keepers for how many households, where and when. Rows are never deleted: one that is over has an end, one that
-- never held is withdrawn.
CREATE TABLE quota_policy (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    region TEXT NOT NULL,
    keepers BIGINT NOT NULL,
    per_households BIGINT NOT NULL,
    rule TEXT NOT NULL,
    round_at TEXT NOT NULL,
    basis TEXT,
    part_time_counts BOOLEAN NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    withdrawn_at TIMESTAMPTZ,
    made_by TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, id)
);

COMMENT ON TABLE quota_policy IS '配备标准 Quota policies by region and date (read-only for other tools 其他工具只读)';
