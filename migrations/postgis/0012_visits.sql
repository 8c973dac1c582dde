-- Visits to households, how often they are due, and the diary of a keeper.
-- A visit is never changed: a correction is a new row that replaces it, a withdrawal a row that says why.
-- No position, no track, no device: what is kept is what the keeper says.

CREATE TABLE visit (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    building_id UUID NOT NULL,
    keeper_id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    households BIGINT NOT NULL,
    note TEXT,
    photo TEXT,
    entered_by UUID NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL,
    delegated BOOLEAN NOT NULL,
    replaces UUID,
    withdrawn TEXT,
    request_key TEXT,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, replaces),
    UNIQUE (district_code, request_key)
);
CREATE INDEX visit_building ON visit (district_code, building_id, at);
CREATE INDEX visit_keeper ON visit (district_code, keeper_id, at);

-- Counts of households of a building; never which ones.
CREATE TABLE visit_tier (
    district_code INTEGER NOT NULL DEFAULT 0,
    building_id UUID NOT NULL,
    tier_d BIGINT NOT NULL,
    tier_w BIGINT NOT NULL,
    tier_m BIGINT NOT NULL,
    priority_count BIGINT NOT NULL,
    hardship_count BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (district_code, building_id)
);

CREATE TABLE diary_entry (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    keeper_id UUID NOT NULL,
    building_id UUID,
    black_text TEXT NOT NULL,
    black_at TIMESTAMPTZ NOT NULL,
    red_text TEXT,
    red_at TIMESTAMPTZ,
    entered_by UUID NOT NULL,
    delegated BOOLEAN NOT NULL,
    request_key TEXT,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, request_key)
);
CREATE INDEX diary_keeper ON diary_entry (district_code, keeper_id, black_at);

COMMENT ON TABLE visit IS '走访 Visits to households, append-only; no position, no track (read-only for other tools 其他工具只读)';
COMMENT ON TABLE visit_tier IS '走访频次 How many households of a building are visited daily, weekly, monthly (read-only for other tools 其他工具只读)';
COMMENT ON TABLE diary_entry IS '民情日记 Problems in black, results in red (read-only for other tools 其他工具只读)';
