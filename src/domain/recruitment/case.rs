//! A case: who wants to become a keeper, where, and by which template.
//!
//! Invariant: what is sensitive is sealed; a `Debug` output names nobody.

use super::Template;
use crate::domain::{
    ActorId, AppointmentId, AppointmentKind, BuildingId, CompoundId, HousekeeperId,
    PartTimeCategory, RegionCode, Sealed,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One case.
#[derive(Clone, PartialEq)]
pub struct RecruitmentCase {
    /// Identity.
    pub id: Uuid,
    /// Community of the compound.
    pub community: RegionCode,
    /// The compound to be served.
    pub compound: CompoundId,
    /// Name.
    pub name: String,
    /// Full-time or part-time.
    pub kind: AppointmentKind,
    /// Where a part-time keeper comes from.
    pub category: Option<PartTimeCategory>,
    /// Number that the keeper is to be reached by on duty.
    pub duty_phone: Option<String>,
    /// Private number, sealed.
    pub private_phone: Option<Sealed>,
    /// Day of birth, sealed.
    pub birth_date: Option<Sealed>,
    /// Day of joining the Party, sealed.
    pub party_join_date: Option<Sealed>,
    /// Whether a member of the Party; `None` where nobody asked.
    pub party_member: Option<bool>,
    /// The building that the person lives in.
    pub residence: Option<BuildingId>,
    /// The steps, as they were when the case began.
    pub template: Template,
    /// The applicant's account, where there is one.
    pub applicant: Option<ActorId>,
    /// Who already is a keeper, part-time for example.
    pub housekeeper: Option<HousekeeperId>,
    /// What came of it.
    pub appointment: Option<AppointmentId>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Who began it: name at the time.
    pub created_by: String,
}

impl std::fmt::Debug for RecruitmentCase {
    /// Without names, numbers and days: a `Debug` output may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecruitmentCase")
            .field("id", &self.id)
            .field("community", &self.community)
            .finish_non_exhaustive()
    }
}
