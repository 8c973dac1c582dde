-- Roads, parks and civic grounds that are drawn under the data. Not served to the spatial index: drawn whole.
CREATE TABLE backdrop (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    geom GEOMETRY,
    UNIQUE (district_code, id)
);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('backdrop', 'features', 'backdrop', '底图 Roads, parks and civic grounds under the data (read-only for other tools 其他工具只读)', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('backdrop', 'geom', 'GEOMETRY', 4326, 0, 0);
