-- The roster beyond who is where: terms, leave, cover, kit, training, mentors; organisations of compounds; recruitment;
-- quarterly assessments. An import that is undone takes its people along, so nothing here refers to them by a key:
-- what hangs on nobody is left out when it is read.

ALTER TABLE housekeeper ADD COLUMN party_join_date_sealed TEXT;
ALTER TABLE appointment ADD COLUMN category TEXT;
ALTER TABLE appointment ADD COLUMN capacity_households INTEGER;
ALTER TABLE appointment ADD COLUMN term_end DATE;
ALTER TABLE appointment ADD COLUMN end_reason TEXT;

CREATE TABLE leave_period (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE NOT NULL,
    UNIQUE (district_code, id)
);

-- Somebody in post serves another compound as well, for a time and for a reason.
CREATE TABLE cover_period (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    compound_id BLOB NOT NULL,
    instead_of_id BLOB,
    from_date DATE NOT NULL,
    to_date DATE,
    reason TEXT NOT NULL,
    UNIQUE (district_code, id)
);

CREATE TABLE kit_issue (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    item TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    issued_on DATE NOT NULL,
    returned_on DATE,
    UNIQUE (district_code, id)
);

CREATE TABLE training (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    region TEXT NOT NULL,
    title TEXT NOT NULL,
    held_on DATE NOT NULL,
    UNIQUE (district_code, id)
);

CREATE TABLE training_attendance (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    training_id BLOB NOT NULL,
    housekeeper_id BLOB NOT NULL,
    UNIQUE (district_code, training_id, housekeeper_id),
    FOREIGN KEY (district_code, training_id) REFERENCES training (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mentor_group (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    mentor_id BLOB NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE,
    UNIQUE (district_code, id)
);

CREATE TABLE mentor_member (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    group_id BLOB NOT NULL,
    housekeeper_id BLOB NOT NULL,
    UNIQUE (district_code, group_id, housekeeper_id),
    FOREIGN KEY (district_code, group_id) REFERENCES mentor_group (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE organisation (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    community TEXT NOT NULL,
    compound_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    duty_phone TEXT,
    consent_date DATE,
    valid_from DATE NOT NULL,
    valid_to DATE,
    UNIQUE (district_code, id)
);
CREATE INDEX organisation_compound_id ON organisation (district_code, compound_id);

CREATE TABLE recruitment_case (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    community TEXT NOT NULL,
    compound_id BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT,
    duty_phone TEXT,
    private_phone_sealed TEXT,
    birth_date_sealed TEXT,
    party_join_date_sealed TEXT,
    party_member BOOLEAN,
    residence_building_id BLOB,
    template TEXT NOT NULL,
    applicant_id BLOB,
    housekeeper_id BLOB,
    appointment_id BLOB,
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (district_code, id)
);
CREATE INDEX recruitment_case_community ON recruitment_case (district_code, community);

-- Append-only: the state of a case is the replay of its steps.
CREATE TABLE recruitment_step (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    case_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    step TEXT NOT NULL,
    decision TEXT NOT NULL,
    actor_id BLOB NOT NULL,
    actor_name TEXT NOT NULL,
    at DATETIME NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (district_code, case_id, seq),
    FOREIGN KEY (district_code, case_id) REFERENCES recruitment_case (district_code, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE assessment (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    district_code INTEGER NOT NULL DEFAULT 0,
    id BLOB NOT NULL,
    period TEXT NOT NULL,
    housekeeper_id BLOB NOT NULL,
    community TEXT NOT NULL,
    compound_id BLOB,
    state TEXT NOT NULL,
    organisation_score INTEGER,
    organisation_by BLOB,
    residents_score INTEGER,
    residents_by BLOB,
    shown_at DATETIME,
    appeal TEXT,
    appealed_at DATETIME,
    answer TEXT,
    answered_at DATETIME,
    final_at DATETIME,
    UNIQUE (district_code, id),
    UNIQUE (district_code, period, housekeeper_id)
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('leave_period', 'attributes', 'leave_period', '请假 Leave of keepers (read-only for other tools 其他工具只读)', NULL),
    ('cover_period', 'attributes', 'cover_period', '代管 Who covers for whom (read-only for other tools 其他工具只读)', NULL),
    ('kit_issue', 'attributes', 'kit_issue', '物品 Kit issued to keepers (read-only for other tools 其他工具只读)', NULL),
    ('training', 'attributes', 'training', '培训 Trainings (read-only for other tools 其他工具只读)', NULL),
    ('training_attendance', 'attributes', 'training_attendance', '参训人员 Who attended (read-only for other tools 其他工具只读)', NULL),
    ('mentor_group', 'attributes', 'mentor_group', '帮带小组 Mentoring groups (read-only for other tools 其他工具只读)', NULL),
    ('mentor_member', 'attributes', 'mentor_member', '帮带成员 Members of mentoring groups (read-only for other tools 其他工具只读)', NULL),
    ('organisation', 'attributes', 'organisation', '小区组织 Organisations of compounds (read-only for other tools 其他工具只读)', NULL),
    ('recruitment_case', 'attributes', 'recruitment_case', '招募案卷 Recruitment cases (read-only for other tools 其他工具只读)', NULL),
    ('recruitment_step', 'attributes', 'recruitment_step', '招募步骤 Steps of recruitment; append-only (read-only for other tools 其他工具只读)', NULL),
    ('assessment', 'attributes', 'assessment', '考核 Quarterly assessments (read-only for other tools 其他工具只读)', NULL);
