-- Editing of drafts: every stroke is a row, the areas themselves are settled from them a little later.
ALTER TABLE plan ADD COLUMN edit_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN settled_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE patrol_area ADD COLUMN locked BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE patrol_area ADD COLUMN origin_id BLOB;

CREATE TABLE plan_edit (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    stroke_id BLOB NOT NULL,
    client TEXT NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    stroke TEXT NOT NULL,
    UNIQUE (district_code, plan_id, seq),
    UNIQUE (district_code, plan_id, stroke_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE plan_mark (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id BLOB NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    UNIQUE (district_code, plan_id, name),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('plan_edit', 'attributes', 'plan_edit', '划片笔画 Strokes of plans being edited (read-only for other tools 其他工具只读)', NULL),
    ('plan_mark', 'attributes', 'plan_mark', '方案版本 Named versions of plans being edited (read-only for other tools 其他工具只读)', NULL);
