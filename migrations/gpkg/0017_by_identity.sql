-- Issues and visits are asked for by what names them; the keys begin with the district, which whoever asks does not
-- know. Without these each question read the whole table.
CREATE INDEX issue_id ON issue (id);
CREATE INDEX issue_code ON issue (code);
CREATE INDEX issue_lookup ON issue (lookup);
CREATE INDEX issue_request_key ON issue (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX issue_import_id ON issue (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX issue_event_feed ON issue_event (feed);
CREATE INDEX issue_photo_issue ON issue_photo (issue_id, position);
CREATE INDEX issue_photo_hash ON issue_photo (hash);
CREATE INDEX notification_issue ON notification (issue_id);
CREATE INDEX visit_id ON visit (id);
CREATE INDEX visit_request_key ON visit (request_key) WHERE request_key IS NOT NULL;
CREATE INDEX visit_replaces ON visit (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX visit_photo ON visit (photo) WHERE photo IS NOT NULL;
CREATE INDEX visit_by_keeper ON visit (keeper_id, at);
CREATE INDEX diary_id ON diary_entry (id);
CREATE INDEX diary_by_keeper ON diary_entry (keeper_id, black_at);
CREATE INDEX diary_request_key ON diary_entry (request_key) WHERE request_key IS NOT NULL;
DROP INDEX issue_import;
DROP INDEX visit_keeper;
DROP INDEX diary_keeper;
