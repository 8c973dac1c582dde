-- Photos of keepers for the public card. No photo without the day of its own consent: withdrawing it removes the row.
CREATE TABLE keeper_photo (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    housekeeper_id BLOB NOT NULL,
    consent_date DATE NOT NULL,
    hash TEXT NOT NULL,
    bytes BLOB NOT NULL,
    at DATETIME NOT NULL,
    UNIQUE (district_code, housekeeper_id)
);
CREATE INDEX keeper_photo_hash ON keeper_photo (hash);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('keeper_photo', 'attributes', 'keeper_photo', '小管家照片 Photos of keepers who agreed to theirs (read-only for other tools 其他工具只读)', NULL);
