//! The nouns of the service and their rules. No IO, no clock, no randomness.

pub mod access;
mod account;
mod actor;
pub mod assessment;
mod audit;
mod backdrop;
mod barrier;
mod building;
mod compound;
mod estimate;
mod event;
mod gap_reason;
mod gate;
mod grid;
mod households;
mod housekeeper;
mod ids;
mod import;
pub mod issue;
mod notice;
pub mod organisation;
mod patrol_area;
mod plan;
mod plan_check;
mod portrait;
mod problem;
mod public_contact;
mod quota;
mod quota_book;
pub mod recruitment;
mod region;
mod region_code;
pub mod roster;
mod sealed;
mod stroke;
mod subscription;
mod text_enum;
pub mod visit;
mod waiting;

pub use account::{
    Account, AccountState, ApiToken, GrantRow, MAX_NAME_CHARS, Session, TicketPurpose,
};
pub use actor::{Actor, ActorKind};
pub use audit::{AuditEntry, AuditOutcome, FIRST, NewAuditEntry, follow, hex};
pub use backdrop::Backdrop;
pub use barrier::{Barrier, BarrierClass};
pub use building::{Building, Stairwell};
pub use compound::Compound;
pub use estimate::{
    HOME_FOOTPRINT_M2, NoHomes, PLAUSIBLE_M2_PER_HOUSEHOLD, STOREY_M, households_by_floor_area,
    spread, storeys,
};
pub use event::{EXTERNAL_ACTOR, Event, NewEvent};
pub use gap_reason::GapReason;
pub use gate::Gate;
pub use grid::Grid;
pub use households::{HouseholdBasis, HouseholdCount, HouseholdSum};
pub use housekeeper::{
    Appointment, AppointmentKind, EndReason, Housekeeper, PartTimeCategory, Terms, mask_phone,
};
pub use ids::{
    ActorId, AppointmentId, AreaId, BackdropId, BarrierId, BuildingId, CompoundId, DiaryId, GateId,
    GridId, HousekeeperId, ImportId, IssueEventId, IssueId, NoticeId, PlanId, QuotaPolicyId,
    RegionId, RoutingRuleId, StairwellId, VisitId, WaitingId, uuid_v7,
};
pub use import::{Import, ImportChange, ImportCounts, ImportKind, ImportReport, ImportState};
pub use notice::{
    CHECK_AFTER_DAYS, Notice, NoticeEvent, NoticeReason, NoticeRefusal, NoticeSheet, NoticeState,
};
pub use patrol_area::{AreaKeeper, Assignment, PatrolArea, Unit};
pub use plan::{
    CompoundRule, CompoundSplit, IllegalTransition, Plan, PlanFigures, PlanSettings, PlanState,
    WeighBy, ZoneReport,
};
pub use plan_check::{CheckLevel, CheckRules, PlanCheck};
pub use portrait::{Portrait, may_be_kept};
pub use problem::{MAX_VALUE_CHARS, Problem, Severity};
pub use public_contact::{MAX_CONTACT_CHARS, PublicContact};
pub use quota::{
    CompoundLoad, CompoundQuota, Coverage, QuotaPolicy, QuotaRule, largest_remainder, ratio_bp,
};
pub use quota_book::{PolicyBook, PolicyRefusal, ScopedPolicy};
pub use region::{Region, heir};
pub use region_code::{InvalidRegionCode, RegionCode, RegionLevel};
pub use sealed::Sealed;
pub use stroke::{
    AreaChange, AreaFields, Edit, KeeperMove, MAX_AREA_NAME_CHARS, MAX_AREA_NUMBER,
    MAX_LABEL_CHARS, MoveGroup, PlanMark, Stroke, StrokeError,
};
pub use subscription::{Channel, FilterWords, Notification, SavedFilter, Subscription};
pub use text_enum::UnknownWord;
pub use waiting::{WaitingRow, WaitingState};
