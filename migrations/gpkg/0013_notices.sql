-- Notices: what hangs on the board of each building. The row is the state of now; notice_event is how it came about.
CREATE TABLE notice (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    building_id BLOB NOT NULL,
    state TEXT NOT NULL,
    sheet TEXT,
    reason TEXT,
    printed_at DATETIME,
    posted_at DATETIME,
    checked_at DATETIME,
    removed_at DATETIME,
    version INTEGER NOT NULL,
    UNIQUE (district_code, id),
    UNIQUE (district_code, building_id)
);

CREATE TABLE notice_event (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    notice_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    UNIQUE (district_code, notice_id, seq)
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('notice', 'attributes', 'notice', '公示牌 What hangs at each building (read-only for other tools 其他工具只读)', NULL),
    ('notice_event', 'attributes', 'notice_event', '公示牌记录 Every move of every notice, append-only (read-only for other tools 其他工具只读)', NULL);
