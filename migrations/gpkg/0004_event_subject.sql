-- The history of one thing is read from the feed, for example who submitted a plan.
CREATE INDEX event_subject ON event (district_code, subject);
