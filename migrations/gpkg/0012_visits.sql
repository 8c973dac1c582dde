-- Visits to households, how often they are due, and the diary of a keeper.
-- A visit is never changed: a correction is a new row that replaces it, a withdrawal a row that says why.
-- No position, no track, no device: what is kept is what the keeper says.

CREATE TABLE visit (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    building_id BLOB NOT NULL,
    keeper_id BLOB NOT NULL,
    at DATETIME NOT NULL,
    households INTEGER NOT NULL,
    note TEXT,
    photo TEXT,
    entered_by BLOB NOT NULL,
    entered_at DATETIME NOT NULL,
    delegated BOOLEAN NOT NULL,
    replaces BLOB,
    withdrawn TEXT,
    request_key TEXT,
    UNIQUE (district_code, id),
    UNIQUE (district_code, replaces),
    UNIQUE (district_code, request_key)
);
CREATE INDEX visit_building ON visit (district_code, building_id, at);
CREATE INDEX visit_keeper ON visit (district_code, keeper_id, at);

-- Counts of households of a building; never which ones.
CREATE TABLE visit_tier (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    building_id BLOB NOT NULL,
    tier_d INTEGER NOT NULL,
    tier_w INTEGER NOT NULL,
    tier_m INTEGER NOT NULL,
    priority_count INTEGER NOT NULL,
    hardship_count INTEGER NOT NULL,
    changed_at DATETIME NOT NULL,
    changed_by TEXT NOT NULL,
    UNIQUE (district_code, building_id)
);

CREATE TABLE diary_entry (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    keeper_id BLOB NOT NULL,
    building_id BLOB,
    black_text TEXT NOT NULL,
    black_at DATETIME NOT NULL,
    red_text TEXT,
    red_at DATETIME,
    entered_by BLOB NOT NULL,
    delegated BOOLEAN NOT NULL,
    request_key TEXT,
    UNIQUE (district_code, id),
    UNIQUE (district_code, request_key)
);
CREATE INDEX diary_keeper ON diary_entry (district_code, keeper_id, black_at);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('visit', 'attributes', 'visit', '走访 Visits to households, append-only; no position, no track (read-only for other tools 其他工具只读)', NULL),
    ('visit_tier', 'attributes', 'visit_tier', '走访频次 How many households of a building are visited daily, weekly, monthly (read-only for other tools 其他工具只读)', NULL),
    ('diary_entry', 'attributes', 'diary_entry', '民情日记 Problems in black, results in red (read-only for other tools 其他工具只读)', NULL);
