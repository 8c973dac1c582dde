-- Private phones and days of birth are sealed. The columns in the clear stay empty from the next start on.
ALTER TABLE housekeeper ADD COLUMN private_phone_sealed TEXT;
ALTER TABLE housekeeper ADD COLUMN birth_date_sealed TEXT;
-- Who agreed, and when, that name and duty number hang on doors.
ALTER TABLE housekeeper ADD COLUMN consent_date DATE;
