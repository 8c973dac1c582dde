//! What rights are about: the rows of the table.

use crate::domain::text_enum::text_enum;

text_enum! {
    /// A kind of thing; a thing without a row here is denied to everybody.
    pub enum Object {
        /// Regions and grids.
        Regions => "regions", "行政区划与网格";
        /// Compounds and buildings: names and shapes.
        Places => "places", "小区与楼栋";
        /// Households by building.
        HouseholdCounts => "household_counts", "楼栋户数";
        /// Required, in post, short.
        QuotaPolicy => "quota_policy", "配备标准与覆盖";
        /// Areas of plans in force.
        PublishedAreas => "published_areas", "已公布片区";
        /// Plans that are being made, and what becomes of them.
        PlanDraft => "plan_draft", "划片方案草案";
        /// Taking a plan into force.
        PlanPublish => "plan_publish", "方案发布";
        /// The card of a keeper that hangs on a door.
        KeeperCard => "keeper_card", "小管家公示卡";
        /// Private phones and days of birth.
        KeeperContact => "keeper_contact", "小管家私人信息";
        /// Lists of keepers and appointments.
        Roster => "roster", "小管家名册";
        /// Imports, and exports of geometry, plans and statistics.
        Imports => "imports", "导入与导出";
        /// How much checks weigh, categories, calendars.
        Rules => "rules", "规则设置";
        /// Problems that somebody reported, and what becomes of them.
        Issues => "issues", "问题";
        /// Who reported them, and how to reach them.
        IssueReporter => "issue_reporter", "反映人信息";
        /// Counts, rates and heat of issues.
        IssueFigures => "issue_figures", "问题统计与热力";
        /// What a policy would require, before it is saved; where one more post would help.
        QuotaWhatIf => "quota_what_if", "配备推演";
        /// Party branch, owners' committee and property company of compounds.
        Organisations => "organisations", "小区三方组织";
        /// Who becomes a keeper, step by step.
        Recruitment => "recruitment", "招募流程";
        /// Visits to households and the diary of a keeper.
        Visits => "visits", "走访与民情日记";
        /// What of it is shown by building and compound.
        VisitFigures => "visit_figures", "走访统计";
        /// Priority and hardship households, as counts of buildings.
        PriorityCounts => "priority_counts", "重点户特困户数";
        /// What hangs on doors.
        Notices => "notices", "公示牌";
        /// The quarterly judgement of a keeper.
        Assessments => "assessments", "考核";
        /// How these are spread, without people.
        AssessmentFigures => "assessment_figures", "考核分布";
        /// The audit log.
        AuditLog => "audit_log", "审计日志";
        /// Accounts, grants, tokens.
        Accounts => "accounts", "账号与权限";
    }
}
