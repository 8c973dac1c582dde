-- Editing of drafts: every stroke is a row, the areas themselves are settled from them a little later.
ALTER TABLE plan ADD COLUMN edit_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN settled_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE patrol_area ADD COLUMN locked BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE patrol_area ADD COLUMN origin_id UUID;

CREATE TABLE plan_edit (
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    stroke_id UUID NOT NULL,
    client TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    stroke JSONB NOT NULL,
    PRIMARY KEY (district_code, plan_id, seq),
    UNIQUE (district_code, plan_id, stroke_id),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE plan_mark (
    district_code INTEGER NOT NULL DEFAULT 0,
    plan_id UUID NOT NULL,
    name TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (district_code, plan_id, name),
    FOREIGN KEY (district_code, plan_id) REFERENCES plan (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

COMMENT ON TABLE plan_edit IS '划片笔画 Strokes of plans being edited (read-only for other tools 其他工具只读)';
COMMENT ON TABLE plan_mark IS '方案版本 Named versions of plans being edited (read-only for other tools 其他工具只读)';
