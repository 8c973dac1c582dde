-- How many keepers for how many households, where and when. Rows are never deleted: one that is over has an end, one that
-- never held is withdrawn.
CREATE TABLE quota_policy (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    region TEXT NOT NULL,
    keepers INTEGER NOT NULL,
    per_households INTEGER NOT NULL,
    rule TEXT NOT NULL,
    round_at TEXT NOT NULL,
    basis TEXT,
    part_time_counts BOOLEAN NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    withdrawn_at DATETIME,
    made_by TEXT NOT NULL,
    made_at DATETIME NOT NULL,
    UNIQUE (district_code, id)
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('quota_policy', 'attributes', 'quota_policy', '配备标准 Quota policies by region and date (read-only for other tools 其他工具只读)', NULL);
