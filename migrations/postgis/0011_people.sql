-- The roster beyond who is where: terms, leave, cover, kit, training, mentors; organisations of compounds; recruitment;
-- quarterly assessments. An import that is undone takes its people along, so nothing here refers to them by a key:
-- what hangs on nobody is left out when it is read.

ALTER TABLE housekeeper ADD COLUMN party_join_date_sealed TEXT;
ALTER TABLE appointment ADD COLUMN category TEXT;
ALTER TABLE appointment ADD COLUMN capacity_households INTEGER;
ALTER TABLE appointment ADD COLUMN term_end DATE;
ALTER TABLE appointment ADD COLUMN end_reason TEXT;

CREATE TABLE leave_period (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE NOT NULL,
    PRIMARY KEY (district_code, id)
);

-- Somebody in post serves another compound as well, for a time and for a reason.
CREATE TABLE cover_period (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    compound_id UUID NOT NULL,
    instead_of_id UUID,
    from_date DATE NOT NULL,
    to_date DATE,
    reason TEXT NOT NULL,
    PRIMARY KEY (district_code, id)
);

CREATE TABLE kit_issue (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    item TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    issued_on DATE NOT NULL,
    returned_on DATE,
    PRIMARY KEY (district_code, id)
);

CREATE TABLE training (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    region TEXT NOT NULL,
    title TEXT NOT NULL,
    held_on DATE NOT NULL,
    PRIMARY KEY (district_code, id)
);

CREATE TABLE training_attendance (
    district_code INTEGER NOT NULL DEFAULT 0,
    training_id UUID NOT NULL,
    housekeeper_id UUID NOT NULL,
    PRIMARY KEY (district_code, training_id, housekeeper_id),
    FOREIGN KEY (district_code, training_id) REFERENCES training (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mentor_group (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    mentor_id UUID NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE,
    PRIMARY KEY (district_code, id)
);

CREATE TABLE mentor_member (
    district_code INTEGER NOT NULL DEFAULT 0,
    group_id UUID NOT NULL,
    housekeeper_id UUID NOT NULL,
    PRIMARY KEY (district_code, group_id, housekeeper_id),
    FOREIGN KEY (district_code, group_id) REFERENCES mentor_group (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE organisation (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    community TEXT NOT NULL,
    compound_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    duty_phone TEXT,
    consent_date DATE,
    valid_from DATE NOT NULL,
    valid_to DATE,
    PRIMARY KEY (district_code, id)
);
CREATE INDEX organisation_compound_id ON organisation (district_code, compound_id);

CREATE TABLE recruitment_case (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    community TEXT NOT NULL,
    compound_id UUID NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT,
    duty_phone TEXT,
    private_phone_sealed TEXT,
    birth_date_sealed TEXT,
    party_join_date_sealed TEXT,
    party_member BOOLEAN,
    residence_building_id UUID,
    template JSONB NOT NULL,
    applicant_id UUID,
    housekeeper_id UUID,
    appointment_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (district_code, id)
);
CREATE INDEX recruitment_case_community ON recruitment_case (district_code, community);

-- Append-only: the state of a case is the replay of its steps.
CREATE TABLE recruitment_step (
    district_code INTEGER NOT NULL DEFAULT 0,
    case_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    step TEXT NOT NULL,
    decision TEXT NOT NULL,
    actor_id UUID NOT NULL,
    actor_name TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (district_code, case_id, seq),
    FOREIGN KEY (district_code, case_id) REFERENCES recruitment_case (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE assessment (
    district_code INTEGER NOT NULL DEFAULT 0,
    id UUID NOT NULL,
    period TEXT NOT NULL,
    housekeeper_id UUID NOT NULL,
    community TEXT NOT NULL,
    compound_id UUID,
    state TEXT NOT NULL,
    organisation_score INTEGER,
    organisation_by UUID,
    residents_score INTEGER,
    residents_by UUID,
    shown_at TIMESTAMPTZ,
    appeal TEXT,
    appealed_at TIMESTAMPTZ,
    answer TEXT,
    answered_at TIMESTAMPTZ,
    final_at TIMESTAMPTZ,
    PRIMARY KEY (district_code, id),
    UNIQUE (district_code, period, housekeeper_id)
);

COMMENT ON TABLE leave_period IS '请假 Leave of keepers (read-only for other tools 其他工具只读)';
COMMENT ON TABLE cover_period IS '代管 Who covers for whom (read-only for other tools 其他工具只读)';
COMMENT ON TABLE kit_issue IS '物品 Kit issued to keepers (read-only for other tools 其他工具只读)';
COMMENT ON TABLE training IS '培训 Trainings (read-only for other tools 其他工具只读)';
COMMENT ON TABLE training_attendance IS '参训人员 Who attended (read-only for other tools 其他工具只读)';
COMMENT ON TABLE mentor_group IS '帮带小组 Mentoring groups (read-only for other tools 其他工具只读)';
COMMENT ON TABLE mentor_member IS '帮带成员 Members of mentoring groups (read-only for other tools 其他工具只读)';
COMMENT ON TABLE organisation IS '小区组织 Organisations of compounds (read-only for other tools 其他工具只读)';
COMMENT ON TABLE recruitment_case IS '招募案卷 Recruitment cases (read-only for other tools 其他工具只读)';
COMMENT ON TABLE recruitment_step IS '招募步骤 Steps of recruitment; append-only (read-only for other tools 其他工具只读)';
COMMENT ON TABLE assessment IS '考核 Quarterly assessments (read-only for other tools 其他工具只读)';
