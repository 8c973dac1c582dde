-- When a photo came: one that no issue has after a day is removed.
ALTER TABLE photo ADD COLUMN at TIMESTAMPTZ NOT NULL DEFAULT '2026-11-28T00:00:00Z';
-- What somebody was told, newest first.
CREATE INDEX notification_account ON notification (account_id, at);
