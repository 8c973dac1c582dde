//! The issue itself: what was said about it, what it was stamped with, and where it stands.
//!
//! Not its history (`event`) or the checks of a new one (`new_issue`). Invariant: stamps are those of the
//! time of the report; a later plan does not change them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CityField, IssueState, Place, Priority, Source};
use crate::domain::{
    ActorId, AppointmentId, AreaId, BuildingId, CompoundId, GridId, IssueId, PlanId, RegionCode,
};

/// Answers to the extra questions: code of the question → values (one, or several of a list).
pub type Answers = BTreeMap<String, Vec<String>>;

/// Where the issue lay when it was reported, and who was there for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stamps {
    /// The smallest region that holds it.
    pub region: Option<RegionCode>,
    /// The compound.
    pub compound: Option<CompoundId>,
    /// The building.
    pub building: Option<BuildingId>,
    /// The statutory grid.
    pub grid: Option<GridId>,
    /// The patrol area.
    pub area: Option<AreaId>,
    /// The keeper.
    pub keeper: Option<AppointmentId>,
    /// The plan in force.
    pub plan: Option<PlanId>,
    /// Its version.
    pub plan_version: Option<i64>,
}

/// When something must have happened; computed from limit, calendar and pauses, and computed again when one
/// of them changes. `None` = no limit is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DueTimes {
    /// Acknowledged by.
    pub acknowledge: Option<DateTime<Utc>>,
    /// Closed by.
    pub close: Option<DateTime<Utc>>,
}

/// One issue. The name and phone of a reporter are kept sealed elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Identity.
    pub id: IssueId,
    /// Code for people: day and number within the day, for example `20261128-0007`.
    pub code: String,
    /// Code that a reporter without an account asks with; cannot be guessed.
    pub lookup: String,
    /// Code of the category.
    pub category: String,
    /// Priority.
    pub priority: Priority,
    /// By which way it came.
    pub source: Source,
    /// Where it is.
    pub place: Place,
    /// The problem (black ink), at most 4,000 characters.
    pub black_text: String,
    /// The result (red ink); `None` until it was written.
    pub red_text: Option<String>,
    /// Answers to the extra questions of its category.
    pub answers: Answers,
    /// When it came to us.
    pub reported_at: DateTime<Utc>,
    /// When it happened, where somebody said so.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Who reported it, where that is an account.
    pub reporter: Option<ActorId>,
    /// Whom a secretary reported it for.
    pub on_behalf_of: Option<String>,
    /// Number in the system that it came from.
    pub external_id: Option<String>,
    /// Whether it was closed in time, where another system says so without saying the time.
    pub on_time: Option<bool>,
    /// Stamps.
    pub stamps: Stamps,
    /// Due times.
    pub due: DueTimes,
    /// Whether everybody may read it.
    pub public: bool,
    /// Field of the city's roll-up.
    pub field: Option<CityField>,
    /// Where it stands.
    pub flow: IssueState,
}
