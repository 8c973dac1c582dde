-- Where a housekeeper lives: what is too far on foot is counted from there.
ALTER TABLE housekeeper ADD COLUMN residence_building_id BLOB;
