-- Photos of keepers for the public card. No photo without the day of its own consent: withdrawing it removes the row.
CREATE TABLE keeper_photo (
    district_code INTEGER NOT NULL DEFAULT 0,
    housekeeper_id UUID NOT NULL,
    consent_date DATE NOT NULL,
    hash TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (district_code, housekeeper_id)
);
CREATE INDEX keeper_photo_hash ON keeper_photo (hash);

COMMENT ON TABLE keeper_photo IS '小管家照片 Photos of keepers who agreed to theirs (read-only for other tools 其他工具只读)';
