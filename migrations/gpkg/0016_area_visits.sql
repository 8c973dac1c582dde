-- Visits a month that the households of an area ask for, beside their number; areas of before have none.
ALTER TABLE patrol_area ADD COLUMN visits INTEGER;
