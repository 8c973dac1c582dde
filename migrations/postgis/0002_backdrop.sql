-- Roads, parks and civic grounds that are drawn under the data. Not served to the spatial index: drawn whole.
CREATE TABLE backdrop (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    geom geometry(Geometry, 4326),
    PRIMARY KEY (district_code, id)
);
COMMENT ON TABLE backdrop IS '底图 Roads, parks and civic grounds under the data (read-only for other tools 其他工具只读)';
