-- What hangs at a door although a plan that is to come says otherwise: when that plan is withdrawn, it is right again.
ALTER TABLE notice ADD COLUMN hanging JSONB;
-- A server finds what another one on the same database wrote down since it last looked.
CREATE INDEX visit_entered ON visit (entered_at);
