-- The schema on PostGIS. Names and columns equal those of migrations/gpkg/0001_schema.sql.
-- Every key begins with district_code: see migrations/README.md.

CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE region (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT,
    parent TEXT,
    provisional BOOLEAN NOT NULL DEFAULT FALSE,
    valid_from DATE,
    valid_to DATE,
    successor TEXT,
    source TEXT,
    geom geometry(MultiPolygon, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, code)
);
CREATE INDEX region_geom ON region USING gist (geom);
COMMENT ON TABLE region IS '行政区划 Administrative regions, 12-digit codes; 999xxx is provisional';

CREATE TABLE grid (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    code TEXT,
    name TEXT NOT NULL DEFAULT '',
    community TEXT NOT NULL DEFAULT '',
    source TEXT,
    geom geometry(MultiPolygon, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX grid_community ON grid (district_code, community);
CREATE INDEX grid_geom ON grid USING gist (geom);
COMMENT ON TABLE grid IS '网格 Statutory grids';

CREATE TABLE compound (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    code TEXT,
    name TEXT NOT NULL DEFAULT '',
    community TEXT NOT NULL DEFAULT '',
    households BIGINT,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT FALSE,
    household_as_of DATE,
    household_source TEXT,
    building_count BIGINT,
    floor_area_m2 DOUBLE PRECISION,
    address TEXT,
    property_company TEXT,
    built_year BIGINT,
    source TEXT,
    import_id UUID,
    geom geometry(Geometry, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX compound_community ON compound (district_code, community);
CREATE INDEX compound_geom ON compound USING gist (geom);
COMMENT ON TABLE compound IS '小区 Residential compounds';

CREATE TABLE building (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    code TEXT,
    name TEXT,
    community TEXT NOT NULL DEFAULT '',
    compound_id UUID,
    grid_id UUID,
    households BIGINT,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT FALSE,
    household_as_of DATE,
    household_source TEXT,
    floors BIGINT,
    height_m DOUBLE PRECISION,
    source TEXT,
    import_id UUID,
    geom geometry(Geometry, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key),
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, grid_id) REFERENCES grid (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX building_community ON building (district_code, community);
CREATE INDEX building_compound_id ON building (district_code, compound_id);
CREATE INDEX building_geom ON building USING gist (geom);
COMMENT ON TABLE building IS '楼栋 Buildings';

CREATE TABLE stairwell (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    building_id UUID NOT NULL,
    name TEXT NOT NULL,
    households BIGINT,
    household_basis TEXT NOT NULL DEFAULT 'unstated',
    household_estimated BOOLEAN NOT NULL DEFAULT FALSE,
    household_as_of DATE,
    household_source TEXT,
    PRIMARY KEY (district_code, id),
    FOREIGN KEY (district_code, building_id) REFERENCES building (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX stairwell_building_id ON stairwell (district_code, building_id);
COMMENT ON TABLE stairwell IS '单元 Stairwells of buildings (read-only for other tools 其他工具只读)';

CREATE TABLE barrier (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    class TEXT NOT NULL DEFAULT 'other',
    source_class TEXT,
    name TEXT,
    source TEXT,
    import_id UUID,
    geom geometry(Geometry, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX barrier_geom ON barrier USING gist (geom);
COMMENT ON TABLE barrier IS '阻隔 Barriers: rivers, rail, major roads';

CREATE TABLE gate (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    compound_id UUID,
    name TEXT,
    source TEXT,
    import_id UUID,
    geom geometry(Point, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key),
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX gate_compound_id ON gate (district_code, compound_id);
CREATE INDEX gate_geom ON gate USING gist (geom);
COMMENT ON TABLE gate IS '出入口 Gates of compounds (read-only for other tools 其他工具只读)';

CREATE TABLE housekeeper (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    natural_key TEXT NOT NULL DEFAULT (gen_random_uuid()::text),
    code TEXT,
    name TEXT NOT NULL,
    community TEXT NOT NULL,
    duty_phone TEXT,
    private_phone TEXT,
    birth_date DATE,
    source TEXT,
    import_id UUID,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, natural_key)
);
CREATE INDEX housekeeper_community ON housekeeper (district_code, community);
COMMENT ON TABLE housekeeper IS '小管家 Housekeepers (read-only for other tools 其他工具只读)';

CREATE TABLE appointment (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    housekeeper_id UUID NOT NULL,
    compound_id UUID,
    kind TEXT NOT NULL,
    start_date DATE NOT NULL,
    end_date DATE,
    PRIMARY KEY (district_code, id),
    FOREIGN KEY (district_code, housekeeper_id) REFERENCES housekeeper (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, compound_id) REFERENCES compound (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX appointment_housekeeper_id ON appointment (district_code, housekeeper_id);
CREATE INDEX appointment_compound_id ON appointment (district_code, compound_id);
COMMENT ON TABLE appointment IS '任命 Appointments of housekeepers (read-only for other tools 其他工具只读)';

CREATE TABLE plan (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    street TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by JSONB NOT NULL,
    effective_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    seed BIGINT NOT NULL,
    settings JSONB NOT NULL,
    data_version BIGINT NOT NULL,
    figures JSONB NOT NULL,
    zones JSONB NOT NULL,
    splits JSONB NOT NULL,
    problems JSONB NOT NULL,
    note TEXT,
    PRIMARY KEY (district_code, id)
);
CREATE INDEX plan_street ON plan (district_code, street);
COMMENT ON TABLE plan IS '划片方案 Plans, one per street (read-only for other tools 其他工具只读)';

CREATE TABLE patrol_area (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    plan_id UUID NOT NULL,
    number BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    community TEXT NOT NULL,
    zone BIGINT NOT NULL,
    seats BIGINT NOT NULL,
    households BIGINT NOT NULL,
    estimated_households BIGINT NOT NULL,
    units BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    deviation_bp BIGINT NOT NULL,
    off_target_bp BIGINT NOT NULL,
    target BIGINT NOT NULL,
    out_of_band BOOLEAN NOT NULL,
    heavy BOOLEAN NOT NULL,
    colour BIGINT NOT NULL,
    compactness DOUBLE PRECISION,
    geom geometry(MultiPolygon, 4326),
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, plan_id, number),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX patrol_area_geom ON patrol_area USING gist (geom);
COMMENT ON TABLE patrol_area IS '责任片区 Patrol areas of plans (read-only for other tools 其他工具只读)';

CREATE TABLE assignment (
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id UUID NOT NULL,
    unit_kind TEXT NOT NULL,
    unit_id UUID NOT NULL,
    area_id UUID NOT NULL,
    PRIMARY KEY (district_code, plan_id, unit_kind, unit_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, area_id) REFERENCES patrol_area (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX assignment_area_id ON assignment (district_code, area_id);
COMMENT ON TABLE assignment IS '归属 Units assigned to patrol areas (read-only for other tools 其他工具只读)';

CREATE TABLE area_keeper (
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id UUID NOT NULL,
    area_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    PRIMARY KEY (district_code, plan_id, area_id, appointment_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, area_id) REFERENCES patrol_area (district_code, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (district_code, appointment_id) REFERENCES appointment (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX area_keeper_area_id ON area_keeper (district_code, area_id);
CREATE INDEX area_keeper_appointment_id ON area_keeper (district_code, appointment_id);
COMMENT ON TABLE area_keeper IS '片区人员 Housekeepers on the seats of patrol areas (read-only for other tools 其他工具只读)';

CREATE TABLE import (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    crs TEXT,
    source TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    created_by JSONB NOT NULL,
    counts JSONB NOT NULL,
    report JSONB NOT NULL,
    PRIMARY KEY (district_code, id)
);
COMMENT ON TABLE import IS '导入 Imports and their reports (read-only for other tools 其他工具只读)';

CREATE TABLE import_change (
    district_code INTEGER NOT NULL DEFAULT 0,
    import_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    table_name TEXT NOT NULL,
    row_id UUID NOT NULL,
    before JSONB,
    after_digest TEXT NOT NULL,
    PRIMARY KEY (district_code, import_id, seq),
    FOREIGN KEY (district_code, import_id) REFERENCES import (district_code, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX import_change_table_name_row_id ON import_change (district_code, table_name, row_id);
COMMENT ON TABLE import_change IS '导入变更 Changes made by imports, kept for undo (read-only for other tools 其他工具只读)';

CREATE TABLE waiting_row (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    import_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    community TEXT,
    row_number BIGINT NOT NULL,
    properties JSONB NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (district_code, id)
);
CREATE INDEX waiting_row_import_id ON waiting_row (district_code, import_id);
COMMENT ON TABLE waiting_row IS '待落点 Rows that wait for a place on the map (read-only for other tools 其他工具只读)';

CREATE TABLE feed (
    district_code INTEGER NOT NULL DEFAULT 0,
    last_seq BIGINT NOT NULL,
    PRIMARY KEY (district_code)
);
COMMENT ON TABLE feed IS '数据版本 Data version of each district (read-only for other tools 其他工具只读)';

CREATE TABLE event (
    district_code INTEGER NOT NULL DEFAULT 0,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload JSONB NOT NULL,
    PRIMARY KEY (district_code, seq)
);
COMMENT ON TABLE event IS '事件 Event feed, append-only (read-only for other tools 其他工具只读)';

CREATE TABLE setting (
    district_code INTEGER NOT NULL DEFAULT 0,
    scope TEXT NOT NULL DEFAULT '',
    key TEXT NOT NULL,
    value JSONB NOT NULL,
    PRIMARY KEY (district_code, scope, key)
);
COMMENT ON TABLE setting IS '设置 Settings (read-only for other tools 其他工具只读)';

-- Plans of a street never overlap: at most one is open-ended (the rest is checked in the transaction).
CREATE UNIQUE INDEX plan_one_open ON plan (district_code, street) WHERE state = 'scheduled' AND ended_at IS NULL;

-- Edits by other tools: noted in the event feed. Our own transactions set gridkeeper.actor.
CREATE FUNCTION note_external_edit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed RECORD;
    next_seq BIGINT;
BEGIN
    IF coalesce(current_setting('gridkeeper.actor', true), '') <> '' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    INSERT INTO feed (district_code, last_seq) VALUES (changed.district_code, 1)
        ON CONFLICT (district_code) DO UPDATE SET last_seq = feed.last_seq + 1
        RETURNING last_seq INTO next_seq;
    INSERT INTO event (district_code, seq, at, actor, kind, subject, payload)
        VALUES (changed.district_code, next_seq, date_trunc('milliseconds', clock_timestamp()), 'external',
            'external.' || lower(TG_OP), TG_TABLE_NAME,
            jsonb_build_object('id', replace(changed.id::text, '-', '')));
    RETURN NULL;
END $$;
CREATE TRIGGER region_external AFTER INSERT OR UPDATE OR DELETE ON region
    FOR EACH ROW EXECUTE FUNCTION note_external_edit();
CREATE TRIGGER grid_external AFTER INSERT OR UPDATE OR DELETE ON grid
    FOR EACH ROW EXECUTE FUNCTION note_external_edit();
CREATE TRIGGER compound_external AFTER INSERT OR UPDATE OR DELETE ON compound
    FOR EACH ROW EXECUTE FUNCTION note_external_edit();
CREATE TRIGGER building_external AFTER INSERT OR UPDATE OR DELETE ON building
    FOR EACH ROW EXECUTE FUNCTION note_external_edit();
CREATE TRIGGER barrier_external AFTER INSERT OR UPDATE OR DELETE ON barrier
    FOR EACH ROW EXECUTE FUNCTION note_external_edit();
