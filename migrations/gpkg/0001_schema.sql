-- The schema of a GeoPackage 1.3 file. Names and columns equal those of migrations/postgis/0001_schema.sql,
-- but for `fid` (the row number that the R-tree needs) and `own_write` (see below).
-- Every key begins with district_code: see migrations/README.md.

PRAGMA application_id = 1196444487; -- 'GPKG'
PRAGMA user_version = 10300;

CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL,
    description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]', 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY,
    data_type TEXT NOT NULL,
    identifier TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL,
    m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
    table_name TEXT,
    column_name TEXT,
    extension_name TEXT NOT NULL,
    definition TEXT NOT NULL,
    scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);

-- Our own transactions set `active` to 1 and back to 0 before they commit, so no other writer ever sees 1.
-- What is written while it is 0 comes from another tool and is noted in the event feed.
CREATE TABLE own_write (
    fid INTEGER PRIMARY KEY NOT NULL CHECK (fid = 1),
    active INTEGER NOT NULL
);
INSERT INTO own_write VALUES (1, 0);

CREATE TABLE region (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT,
    parent TEXT,
    provisional BOOLEAN NOT NULL DEFAULT 0,
    valid_from DATE,
    valid_to DATE,
    successor TEXT,
    source TEXT,
    geom MULTIPOLYGON,
    UNIQUE (district_code, id),
    UNIQUE (district_code, code)
);

CREATE TABLE grid (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    code TEXT,
    name TEXT NOT NULL DEFAULT '',
    community TEXT NOT NULL DEFAULT '',
    source TEXT,
    geom MULTIPOLYGON,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX grid_community ON grid (district_code, community);

CREATE TABLE compound (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    code TEXT,
    name TEXT NOT NULL DEFAULT '',
    community TEXT NOT NULL DEFAULT '',
    households INTEGER,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT 0,
    household_as_of DATE,
    household_source TEXT,
    building_count INTEGER,
    floor_area_m2 DOUBLE,
    address TEXT,
    property_company TEXT,
    built_year INTEGER,
    source TEXT,
    import_id BLOB,
    geom GEOMETRY,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX compound_community ON compound (district_code, community);

CREATE TABLE building (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    code TEXT,
    name TEXT,
    community TEXT NOT NULL DEFAULT '',
    compound_id BLOB,
    grid_id BLOB,
    households INTEGER,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT 0,
    household_as_of DATE,
    household_source TEXT,
    floors INTEGER,
    height_m DOUBLE,
    source TEXT,
    import_id BLOB,
    geom GEOMETRY,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key),
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, grid_id) REFERENCES grid (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX building_community ON building (district_code, community);
CREATE INDEX building_compound_id ON building (district_code, compound_id);

CREATE TABLE stairwell (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    building_id BLOB NOT NULL,
    name TEXT NOT NULL,
    households INTEGER,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT 0,
    household_as_of DATE,
    household_source TEXT,
    UNIQUE (district_code, id),
    FOREIGN KEY (district_code, building_id) REFERENCES building (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX stairwell_building_id ON stairwell (district_code, building_id);

CREATE TABLE barrier (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    class TEXT NOT NULL DEFAULT 'other',
    source_class TEXT,
    name TEXT,
    source TEXT,
    import_id BLOB,
    geom GEOMETRY,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key)
);

CREATE TABLE gate (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    compound_id BLOB,
    name TEXT,
    source TEXT,
    import_id BLOB,
    geom POINT,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key),
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX gate_compound_id ON gate (district_code, compound_id);

CREATE TABLE housekeeper (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    natural_key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    code TEXT,
    name TEXT NOT NULL,
    community TEXT NOT NULL,
    duty_phone TEXT,
    private_phone TEXT,
    birth_date DATE,
    source TEXT,
    import_id BLOB,
    UNIQUE (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX housekeeper_community ON housekeeper (district_code, community);

CREATE TABLE appointment (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    housekeeper_id BLOB NOT NULL,
    compound_id BLOB,
    kind TEXT NOT NULL,
    start_date DATE NOT NULL,
    end_date DATE,
    UNIQUE (district_code, id),
    FOREIGN KEY (district_code, housekeeper_id) REFERENCES housekeeper (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX appointment_housekeeper_id ON appointment (district_code, housekeeper_id);
CREATE INDEX appointment_compound_id ON appointment (district_code, compound_id);

CREATE TABLE plan (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    street TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    effective_at DATETIME,
    ended_at DATETIME,
    seed INTEGER NOT NULL,
    settings TEXT NOT NULL,
    data_version INTEGER NOT NULL,
    figures TEXT NOT NULL,
    zones TEXT NOT NULL,
    splits TEXT NOT NULL,
    problems TEXT NOT NULL,
    note TEXT,
    UNIQUE (district_code, id)
);
CREATE INDEX plan_street ON plan (district_code, street);

CREATE TABLE patrol_area (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    plan_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    community TEXT NOT NULL,
    zone INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    households INTEGER NOT NULL,
    estimated_households INTEGER NOT NULL,
    units INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    deviation_bp INTEGER NOT NULL,
    off_target_bp INTEGER NOT NULL,
    target INTEGER NOT NULL,
    out_of_band BOOLEAN NOT NULL,
    heavy BOOLEAN NOT NULL,
    colour INTEGER NOT NULL,
    compactness DOUBLE,
    geom MULTIPOLYGON,
    UNIQUE (district_code, id),
    UNIQUE (district_code, plan_id, number),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE assignment (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id BLOB NOT NULL,
    unit_kind TEXT NOT NULL,
    unit_id BLOB NOT NULL,
    area_id BLOB NOT NULL,
    UNIQUE (district_code, plan_id, unit_kind, unit_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, area_id) REFERENCES patrol_area (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX assignment_area_id ON assignment (district_code, area_id);

CREATE TABLE area_keeper (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id BLOB NOT NULL,
    area_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    UNIQUE (district_code, plan_id, area_id, appointment_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, area_id) REFERENCES patrol_area (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, appointment_id) REFERENCES appointment (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX area_keeper_area_id ON area_keeper (district_code, area_id);
CREATE INDEX area_keeper_appointment_id ON area_keeper (district_code, appointment_id);

CREATE TABLE import (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    crs TEXT,
    source TEXT,
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    counts TEXT NOT NULL,
    report TEXT NOT NULL,
    UNIQUE (district_code, id)
);

CREATE TABLE import_change (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    import_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    row_id BLOB NOT NULL,
    before TEXT,
    after_digest TEXT NOT NULL,
    UNIQUE (district_code, import_id, seq),
    FOREIGN KEY (district_code, import_id) REFERENCES import (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX import_change_table_name_row_id ON import_change (district_code, table_name, row_id);

CREATE TABLE waiting_row (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL DEFAULT (randomblob(16)),
    import_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    community TEXT,
    row_number INTEGER NOT NULL,
    properties TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (district_code, id)
);
CREATE INDEX waiting_row_import_id ON waiting_row (district_code, import_id);

CREATE TABLE feed (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL,
    UNIQUE (district_code)
);

CREATE TABLE event (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL,
    at DATETIME NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    UNIQUE (district_code, seq)
);

CREATE TABLE setting (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    scope TEXT NOT NULL DEFAULT '',
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (district_code, scope, key)
);

-- Plans of a street never overlap: at most one is open-ended (the rest is checked in the transaction).
CREATE UNIQUE INDEX plan_one_open ON plan (district_code, street) WHERE state = 'scheduled' AND ended_at IS NULL;

-- Registered tables: what other tools see.
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('region', 'features', 'region', '行政区划 Administrative regions, 12-digit codes; 999xxx is provisional', 4326),
    ('grid', 'features', 'grid', '网格 Statutory grids', 4326),
    ('compound', 'features', 'compound', '小区 Residential compounds', 4326),
    ('building', 'features', 'building', '楼栋 Buildings', 4326),
    ('stairwell', 'attributes', 'stairwell', '单元 Stairwells of buildings (read-only for other tools 其他工具只读)', NULL),
    ('barrier', 'features', 'barrier', '阻隔 Barriers: rivers, rail, major roads', 4326),
    ('gate', 'features', 'gate', '出入口 Gates of compounds (read-only for other tools 其他工具只读)', 4326),
    ('housekeeper', 'attributes', 'housekeeper', '小管家 Housekeepers (read-only for other tools 其他工具只读)', NULL),
    ('appointment', 'attributes', 'appointment', '任命 Appointments of housekeepers (read-only for other tools 其他工具只读)', NULL),
    ('plan', 'attributes', 'plan', '划片方案 Plans, one per street (read-only for other tools 其他工具只读)', NULL),
    ('patrol_area', 'features', 'patrol_area', '责任片区 Patrol areas of plans (read-only for other tools 其他工具只读)', 4326),
    ('assignment', 'attributes', 'assignment', '归属 Units assigned to patrol areas (read-only for other tools 其他工具只读)', NULL),
    ('area_keeper', 'attributes', 'area_keeper', '片区人员 Housekeepers on the seats of patrol areas (read-only for other tools 其他工具只读)', NULL),
    ('import', 'attributes', 'import', '导入 Imports and their reports (read-only for other tools 其他工具只读)', NULL),
    ('import_change', 'attributes', 'import_change', '导入变更 Changes made by imports, kept for undo (read-only for other tools 其他工具只读)', NULL),
    ('waiting_row', 'attributes', 'waiting_row', '待落点 Rows that wait for a place on the map (read-only for other tools 其他工具只读)', NULL),
    ('feed', 'attributes', 'feed', '数据版本 Data version of each district (read-only for other tools 其他工具只读)', NULL),
    ('event', 'attributes', 'event', '事件 Event feed, append-only (read-only for other tools 其他工具只读)', NULL),
    ('setting', 'attributes', 'setting', '设置 Settings (read-only for other tools 其他工具只读)', NULL),
    ('own_write', 'attributes', 'own_write', '内部 Marks the transactions of the service (read-only for other tools 其他工具只读)', NULL);
INSERT INTO gpkg_geometry_columns VALUES
    ('region', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('grid', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('compound', 'geom', 'GEOMETRY', 4326, 0, 0),
    ('building', 'geom', 'GEOMETRY', 4326, 0, 0),
    ('barrier', 'geom', 'GEOMETRY', 4326, 0, 0),
    ('gate', 'geom', 'POINT', 4326, 0, 0),
    ('patrol_area', 'geom', 'MULTIPOLYGON', 4326, 0, 0);

-- Spatial indexes with the triggers of GeoPackage 1.3 (annex F.3).
CREATE VIRTUAL TABLE rtree_region_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_region_geom_insert AFTER INSERT ON region WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_region_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_region_geom_update1 AFTER UPDATE OF geom ON region WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_region_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_region_geom_update2 AFTER UPDATE OF geom ON region WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_region_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_region_geom_update3 AFTER UPDATE ON region WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_region_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_region_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_region_geom_update4 AFTER UPDATE ON region WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_region_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_region_geom_delete AFTER DELETE ON region WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_region_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('region', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_grid_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_grid_geom_insert AFTER INSERT ON grid WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_grid_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_grid_geom_update1 AFTER UPDATE OF geom ON grid WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_grid_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_grid_geom_update2 AFTER UPDATE OF geom ON grid WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_grid_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_grid_geom_update3 AFTER UPDATE ON grid WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_grid_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_grid_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_grid_geom_update4 AFTER UPDATE ON grid WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_grid_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_grid_geom_delete AFTER DELETE ON grid WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_grid_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('grid', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_compound_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_compound_geom_insert AFTER INSERT ON compound WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_compound_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_compound_geom_update1 AFTER UPDATE OF geom ON compound WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_compound_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_compound_geom_update2 AFTER UPDATE OF geom ON compound WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_compound_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_compound_geom_update3 AFTER UPDATE ON compound WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_compound_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_compound_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_compound_geom_update4 AFTER UPDATE ON compound WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_compound_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_compound_geom_delete AFTER DELETE ON compound WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_compound_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('compound', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_building_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_building_geom_insert AFTER INSERT ON building WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_building_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_building_geom_update1 AFTER UPDATE OF geom ON building WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_building_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_building_geom_update2 AFTER UPDATE OF geom ON building WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_building_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_building_geom_update3 AFTER UPDATE ON building WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_building_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_building_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_building_geom_update4 AFTER UPDATE ON building WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_building_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_building_geom_delete AFTER DELETE ON building WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_building_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('building', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_barrier_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_barrier_geom_insert AFTER INSERT ON barrier WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_barrier_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_barrier_geom_update1 AFTER UPDATE OF geom ON barrier WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_barrier_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_barrier_geom_update2 AFTER UPDATE OF geom ON barrier WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_barrier_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_barrier_geom_update3 AFTER UPDATE ON barrier WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_barrier_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_barrier_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_barrier_geom_update4 AFTER UPDATE ON barrier WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_barrier_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_barrier_geom_delete AFTER DELETE ON barrier WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_barrier_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('barrier', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_gate_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_gate_geom_insert AFTER INSERT ON gate WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_gate_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_gate_geom_update1 AFTER UPDATE OF geom ON gate WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_gate_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_gate_geom_update2 AFTER UPDATE OF geom ON gate WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_gate_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_gate_geom_update3 AFTER UPDATE ON gate WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_gate_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_gate_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_gate_geom_update4 AFTER UPDATE ON gate WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_gate_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_gate_geom_delete AFTER DELETE ON gate WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_gate_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('gate', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

CREATE VIRTUAL TABLE rtree_patrol_area_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_patrol_area_geom_insert AFTER INSERT ON patrol_area WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_patrol_area_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_patrol_area_geom_update1 AFTER UPDATE OF geom ON patrol_area WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO rtree_patrol_area_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_patrol_area_geom_update2 AFTER UPDATE OF geom ON patrol_area WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_patrol_area_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_patrol_area_geom_update3 AFTER UPDATE ON patrol_area WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_patrol_area_geom WHERE id = OLD.fid; INSERT OR REPLACE INTO rtree_patrol_area_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER rtree_patrol_area_geom_update4 AFTER UPDATE ON patrol_area WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM rtree_patrol_area_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_patrol_area_geom_delete AFTER DELETE ON patrol_area WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_patrol_area_geom WHERE id = OLD.fid; END;
INSERT INTO gpkg_extensions VALUES ('patrol_area', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');

-- Edits by other tools: noted in the event feed.
CREATE TRIGGER region_external_insert AFTER INSERT ON region WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.insert', 'region',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER region_external_update AFTER UPDATE ON region WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.update', 'region',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER region_external_delete AFTER DELETE ON region WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT OLD.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = OLD.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = OLD.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.delete', 'region',
            '{"id":"' || lower(hex(OLD.id)) || '"}'
        FROM feed WHERE district_code = OLD.district_code;
END;
CREATE TRIGGER grid_external_insert AFTER INSERT ON grid WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.insert', 'grid',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER grid_external_update AFTER UPDATE ON grid WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.update', 'grid',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER grid_external_delete AFTER DELETE ON grid WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT OLD.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = OLD.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = OLD.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.delete', 'grid',
            '{"id":"' || lower(hex(OLD.id)) || '"}'
        FROM feed WHERE district_code = OLD.district_code;
END;
CREATE TRIGGER compound_external_insert AFTER INSERT ON compound WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.insert', 'compound',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER compound_external_update AFTER UPDATE ON compound WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.update', 'compound',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER compound_external_delete AFTER DELETE ON compound WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT OLD.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = OLD.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = OLD.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.delete', 'compound',
            '{"id":"' || lower(hex(OLD.id)) || '"}'
        FROM feed WHERE district_code = OLD.district_code;
END;
CREATE TRIGGER building_external_insert AFTER INSERT ON building WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.insert', 'building',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER building_external_update AFTER UPDATE ON building WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.update', 'building',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER building_external_delete AFTER DELETE ON building WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT OLD.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = OLD.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = OLD.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.delete', 'building',
            '{"id":"' || lower(hex(OLD.id)) || '"}'
        FROM feed WHERE district_code = OLD.district_code;
END;
CREATE TRIGGER barrier_external_insert AFTER INSERT ON barrier WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.insert', 'barrier',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER barrier_external_update AFTER UPDATE ON barrier WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT NEW.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = NEW.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = NEW.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.update', 'barrier',
            '{"id":"' || lower(hex(NEW.id)) || '"}'
        FROM feed WHERE district_code = NEW.district_code;
END;
CREATE TRIGGER barrier_external_delete AFTER DELETE ON barrier WHEN (SELECT active FROM own_write) = 0
BEGIN
    INSERT INTO feed (district_code, last_seq) SELECT OLD.district_code, 0
        WHERE NOT EXISTS (SELECT 1 FROM feed WHERE district_code = OLD.district_code);
    UPDATE feed SET last_seq = last_seq + 1 WHERE district_code = OLD.district_code;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        SELECT district_code, last_seq, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'external', 'external.delete', 'barrier',
            '{"id":"' || lower(hex(OLD.id)) || '"}'
        FROM feed WHERE district_code = OLD.district_code;
END;
